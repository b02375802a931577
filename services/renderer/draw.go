package renderer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/renderer/internal/chart"
	"github.com/parley-ops/parley/services/renderer/internal/picture"
)

const (
	// patience is how long an owner may take to answer, and the stream to take
	// a picture.
	patience = 10 * time.Second
	// inMessage is up to what size in bytes a picture travels in its message, and
	// above it in the object store. Usual ones have 25 KB.
	inMessage = 512 << 10
)

// drawer turns events into published pictures.
type drawer struct {
	bus  *bus.Conn
	look picture.Look
	met  *metrics
	log  *slog.Logger
	// asked are the pictures that are drawn for people at the moment.
	asked chan struct{}
	// inMessage is up to what size in bytes a picture travels in its message.
	inMessage int
}

// incident draws and publishes the picture of an incident's change.
func (d *drawer) incident(ctx context.Context, j *job) error {
	change := j.change
	from, to := picture.Reach(change)
	history, err := d.fetch(ctx, picture.Asks(change, from, to))
	if err != nil {
		return err
	}
	spec, alt, ok := picture.Incident(change, history, d.look)
	if !ok {
		d.met.skipped.WithLabelValues("no history").Inc()
		return nil
	}
	j.shown = spec.To.Sub(spec.From)
	id := "chart/" + change.GetId() + "/" + strconv.FormatUint(uint64(change.GetVersion()), 10)
	return d.publish(ctx, id, spec, &eventv1.ChartRendered{
		IncidentId: change.GetId(), IncidentVersion: change.GetVersion(), AltText: alt, At: change.GetAt(),
	})
}

// run draws and publishes the picture of a run's effect.
func (d *drawer) run(ctx context.Context, run *eventv1.RunChanged) error {
	from, _, to := picture.RunWindow(run)
	history, err := d.fetch(ctx, picture.RunAsks(run, from, to))
	if err != nil {
		return err
	}
	spec, alt, ok := picture.Run(run, history, d.look)
	if !ok {
		d.met.skipped.WithLabelValues("no history").Inc()
		return nil
	}
	id := "chart/" + run.GetIncident().GetId() + "/run/" + run.GetRunId()
	return d.publish(ctx, id, spec, &eventv1.ChartRendered{
		IncidentId: run.GetIncident().GetId(), IncidentVersion: run.GetIncident().GetVersion(), RunId: run.GetRunId(),
		AltText: alt, At: run.GetVerification().GetAt(),
	})
}

// fetch asks the owners of the series for their history.
func (d *drawer) fetch(ctx context.Context, asks []picture.Ask) (picture.History, error) {
	history := picture.History{}
	for _, ask := range asks {
		actx, cancel := context.WithTimeout(ctx, patience)
		answer, err := bus.QueryPartition(actx, d.bus, bus.Partition(ask.Partition), &eventv1.Query{Query: &eventv1.Query_History{History: ask.Query}})
		cancel()
		if err != nil {
			return nil, fmt.Errorf("fetch history: %w", err)
		}
		for _, s := range answer.GetSeries() {
			history[s.GetSeries().GetId()] = s
		}
	}
	return history, nil
}

// publish draws a spec and stores the picture: in the message, or in the object
// store if it is too large for one.
func (d *drawer) publish(ctx context.Context, id string, spec chart.Spec, event *eventv1.ChartRendered) error {
	start := time.Now()
	png, err := chart.Render(spec)
	if err != nil {
		return bus.Permanent(err)
	}
	d.met.seconds.Observe(time.Since(start).Seconds())
	d.met.bytes.Observe(float64(len(png)))
	width, height := spec.Size()
	event.Title, event.WidthPx, event.HeightPx = spec.Title, uint32(width), uint32(height)
	if event.At == nil {
		event.At = timestamppb.New(spec.To)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if len(png) <= d.inMessage {
		event.Png = png
	} else {
		event.ObjectName = id
		if err := bus.PutObject(ctx, d.bus, bus.ChartPictures, id, png); err != nil {
			return err
		}
	}
	if _, err := bus.Publish(ctx, d.bus, bus.Charts(event.GetIncidentId()), id, event); err != nil {
		return fmt.Errorf("publish chart: %w", err)
	}
	d.met.charts.WithLabelValues(string(spec.Kind)).Inc()
	return nil
}

// safely draws a waiting incident; a panic, which is a bug, costs this picture
// only.
func (d *drawer) safely(j *job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = bus.Permanent(fmt.Errorf("draw: panic: %v\n%s", p, debug.Stack()))
		}
	}()
	return d.lastly(d.incident(j.ctx, j), j.attempt, bus.RendererIncidents.Attempts)
}

// lastly does without a picture whose history nobody had for as long as it was
// worth waiting: a dead letter would tell people nothing that they could mend.
func (d *drawer) lastly(err error, attempt, attempts int) error {
	if attempt >= attempts && errors.Is(err, bus.ErrNoAnswer) {
		d.met.skipped.WithLabelValues("no answer").Inc()
		return nil
	}
	return err
}
