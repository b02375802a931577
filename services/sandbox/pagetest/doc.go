// Package pagetest looks at the workspace's page in a real browser, as a person does:
// it waits for what is to be seen, clicks, types, and keeps pictures. Tests only.
//
// Anything that the page throws, and whatever it or the browser logs as an error,
// fails the test. Pictures are kept in the folder that PARLEY_SHOTS names,
// and when something is not seen in time.
package pagetest
