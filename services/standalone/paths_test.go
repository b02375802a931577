package main

import (
	"context"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/parley-ops/parley/services/sandbox/pagetest"
)

// TestPaths drives every command, button and form as a person does, in a browser
// in front of the whole pipeline, at the width of a desk and of a phone. With
// PARLEY_SHOTS=DIR it keeps pictures of what is seen.
func TestPaths(t *testing.T) {
	chromium := pagetest.Browser(t)
	s := openShop(t)
	type visit struct{ commands, few, many, id string }
	visits := map[int64]*visit{}
	widths := []int64{1280, 390}
	for _, width := range widths {
		at := strconv.FormatInt(width, 10)
		v := &visit{commands: "shop-" + at, few: "cart-" + at, many: "post-" + at}
		visits[width] = v
		s.set("orders.pending", v.commands, 240)
		s.set("orders.pending", v.few, 240)
		s.set("mails.pending", v.many, 240)
	}
	for _, width := range widths {
		v := visits[width]
		v.id = s.incident(v.commands)
		s.incident(v.few)
		s.incident(v.many)
		at := strconv.FormatInt(width, 10)
		t.Run("buttons at "+at, func(t *testing.T) { s.walkButtons(t, chromium, width, v.few) })
		t.Run("forms at "+at, func(t *testing.T) { s.walkForms(t, chromium, width, v.many) })
		t.Run("commands at "+at, func(t *testing.T) { s.walkCommands(t, chromium, width, v.commands, v.id) })
	}
}

// height is that of a window of a width.
func height(width int64) int64 {
	if width < 700 {
		return 844
	}
	return 900
}

// toPath goes to a place of the page that is open.
func toPath(hash string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[string]("location.hash = "+pagetest.JS(hash)))
		return err
	})
}
