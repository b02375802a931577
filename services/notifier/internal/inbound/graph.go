package inbound

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

const (
	// drawFor is how long a renderer may take over a picture.
	drawFor = 12 * time.Second
	// sparks is how many series the text lists beside a picture.
	sparks = 5
)

// graph answers with the newest values at once, and then with a picture.
func (h *Handler) graph(ctx context.Context, a *ask) (chat.Content, error) {
	all, partly, err := h.history(ctx, a, a.Duration, rows)
	if err != nil {
		return chat.Content{}, err
	}
	if len(all) == 0 {
		return h.nothing(ctx, a)
	}
	text := queried(a, all, sparks, partly)
	up, ok := h.Backend.(chat.Uploader)
	if !ok {
		return text, nil // the small graphs are what this chat can show
	}
	now := time.Now()
	q := &eventv1.DrawQuery{Name: a.Metric, Matchers: a.Matchers.Proto(), From: timestamppb.New(now.Add(-a.Duration)), To: timestamppb.New(now)}
	if a.Versus > 0 {
		q.Versus = durationpb.New(a.Versus)
	}
	a.then = func(ctx context.Context) (chat.Content, error) {
		picture, err := h.picture(ctx, up, a, q)
		var no *refusal
		if !errors.As(err, &no) {
			if err != nil {
				return chat.Content{}, err
			}
			if !a.Share {
				return picture, nil // follows the text, which cannot be edited
			}
			picture.Parts = append(text.Parts, picture.Parts...)
			return picture, nil
		}
		note := chat.Note{{chat.P("No picture: " + no.text + ".")}}
		if !a.Share {
			return chat.Content{Text: "No picture: " + no.text, Parts: []chat.Part{note}}, nil
		}
		return chat.Content{Text: text.Text, Parts: append(text.Parts, note)}, nil
	}
	return text, nil
}

// picture has a picture drawn and uploads it. A refusal says in words why
// there is none.
func (h *Handler) picture(ctx context.Context, up chat.Uploader, a *ask, q *eventv1.DrawQuery) (chat.Content, error) {
	dctx, cancel := context.WithTimeout(ctx, drawFor)
	defer cancel()
	drawn, err := bus.Ask(dctx, h.Conn, bus.DrawQuestion, q)
	switch {
	case err != nil:
		h.Log.Warn("picture not drawn", "err", err)
		return chat.Content{}, refuse("no_renderer", "no renderer answers at the moment")
	case drawn.GetError() != "":
		return chat.Content{}, refuse("no_picture", "%s", drawn.GetError())
	}
	alt := message.Cut(drawn.GetAltText(), 1000)
	name := "graph-" + record.RunID(a.in.GetId(), "graph", 0) + ".png"
	id, err := up.Upload(ctx, chat.Picture{Name: name, Title: drawn.GetTitle(), Alt: alt, PNG: drawn.GetPng()})
	if err != nil && (id == "" || !errors.Is(err, chat.ErrPicture)) {
		h.Log.Warn("picture not uploaded", "err", err)
		return chat.Content{}, refuse("no_upload", "the chat did not take it")
	}
	out := chat.Content{Text: alt, Parts: []chat.Part{chat.Image{File: id, Alt: alt, Title: drawn.GetTitle(), PNG: drawn.GetPng()}}}
	if n := drawn.GetNote(); n != "" {
		out.Parts = append(out.Parts, chat.Note{{chat.P(capital(n) + ".")}})
	}
	return out, nil
}
