// Package page is the workspace's page: HTML, CSS and JavaScript modules as they
// are, no build step, nothing from elsewhere.
//
// The page reads /api/sandbox.state, follows /api/sandbox.events, and acts through
// the driving calls that tests use too. It builds every node by hand and never from
// HTML text, so what an app sends cannot become markup; the Content-Security-Policy
// allows this origin only and no inline script or style.
package page
