package inbound

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/evidence"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/command"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/seal"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
	"github.com/parley-ops/parley/services/notifier/oncall"
	"github.com/parley-ops/parley/services/notifier/rehearsal"
	"github.com/parley-ops/parley/services/notifier/route"
)

// Config is what a handler works with.
type Config struct {
	Conn    *bus.Conn
	Backend chat.Backend
	Store   *record.Store
	// Touch makes the messages of an incident show its record. Grouped returns
	// the groups that stand for it, by channel.
	Touch   func(ctx context.Context, id string, done func(error))
	Grouped func(id string) map[string]string
	// AckGroup notes who takes all of a group; GroupMessage is where its message
	// is.
	AckGroup     func(ctx context.Context, key string, by record.Who, at time.Time) (before *record.Ack, recorded []string, err error)
	GroupMessage func(channel, key string) (id, ts string)
	Silences     func() silence.Set
	Actions      func() map[string]*eventv1.ActionDocument
	// Remedies are how often actions helped, by remedy.Key.
	Remedies func() map[string]*eventv1.Remedy
	// Evidence returns how incidents of a policy ended; nil: nobody knows.
	Evidence func(policy string) *eventv1.Evidence
	// Noisy returns how incidents of policies ended that were noise most.
	Noisy func() []*eventv1.Evidence
	// Routes and Rotations return who is told, and who is on call, as in force
	// now.
	Routes    func() route.Table
	Rotations func() []oncall.Rotation
	// Plan returns what one run would do, or nil if nobody says so in time.
	Plan func(*eventv1.RunRequested) *eventv1.RunPlan
	// Rehearse says what would have been told of incidents until then, under the
	// rules in force now.
	Rehearse func(ctx context.Context, changes []*eventv1.IncidentChanged, until time.Time) (rehearsal.Report, error)
	// Key signs what buttons stand for.
	Key func() seal.Key
	// Default is where a run without an incident is told.
	Default string
	// Channels are all that are known by name; nil: the default alone.
	Channels func() []string
	Log      *slog.Logger
	Metrics  prometheus.Registerer
}

// Handler does what people ask for.
type Handler struct {
	Config
	done    *prometheus.CounterVec
	refused *prometheus.CounterVec
	judged  *prometheus.CounterVec
	// words and doing are of all commands.
	words command.Set
	doing map[string]func(*Handler, context.Context, *ask) (chat.Content, error)
	// later is the work behind second answers, of which slots bounds the number.
	later sync.WaitGroup
	// remembered is what was read of the past.
	remembered past
	// pages are those that people have open, changes what the newest show.
	pages   *pages
	changes changes
	slots   chan struct{}
}

// New returns a handler.
func New(c Config) *Handler {
	h := &Handler{Config: c,
		done: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "notifier_inbound_total",
			Help: "What people asked for, by kind and result."}, []string{"kind", "result"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "notifier_inbound_refused_total",
			Help: "What people asked for and was refused, by reason."}, []string{"reason"}),
		judged: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "notifier_feedback_total",
			Help: "What people said of incidents' messages, by verdict."}, []string{"verdict"}),
		doing: map[string]func(*Handler, context.Context, *ask) (chat.Content, error){}, pages: newPages(), slots: make(chan struct{}, slots)}
	for _, e := range commands() {
		h.words, h.doing[e.Name] = append(h.words, e.Verb), e.do
	}
	if c.Metrics != nil {
		c.Metrics.MustRegister(h.done, h.refused, h.judged)
	}
	return h
}

// importance is what the ends of incidents before an open one say of it.
func (h *Handler) importance(c *eventv1.IncidentChanged, now time.Time) evidence.Importance {
	if h.Evidence == nil {
		return evidence.Importance{}
	}
	return evidence.Of(h.Evidence(c.GetPolicy()), c, now)
}

// Take stores what a person did, so that it survives whatever comes.
func (h *Handler) Take(ctx context.Context, in *eventv1.Inbound) error {
	if s := in.GetSubmission(); s.GetCallbackId() == runForm {
		if wrong := h.runFaults(ctx, in, s); len(wrong) > 0 {
			return wrong
		}
	}
	if err := faulty(in); err != nil {
		return err
	}
	_, err := bus.Publish(ctx, h.Conn, bus.InboundFrom(in.GetBackend(), kind(in)), in.GetId(), in)
	return err
}

func kind(in *eventv1.Inbound) string {
	switch in.GetWhat().(type) {
	case *eventv1.Inbound_Click:
		return "click"
	case *eventv1.Inbound_Command:
		return "command"
	case *eventv1.Inbound_Submission:
		return "submit"
	case *eventv1.Inbound_Order:
		return "order"
	case *eventv1.Inbound_Opened:
		return "opened"
	}
	return "unknown"
}

// refusal is why something was not done, in words for the person.
type refusal struct{ reason, text string }

func (r *refusal) Error() string { return r.text }

func refuse(reason, format string, args ...any) error {
	return &refusal{reason, fmt.Sprintf(format, args...)}
}

// Handle does what the event asks for. An order of the command line that is
// refused becomes a dead letter, which is where the command line looks.
func (h *Handler) Handle(ctx context.Context, m *bus.Message[*eventv1.Inbound]) error {
	in := m.Event
	var err error
	switch what := in.GetWhat().(type) {
	case *eventv1.Inbound_Click:
		err = h.click(ctx, in, what.Click)
	case *eventv1.Inbound_Command:
		err = h.command(ctx, in, what.Command, m.Attempt > 1)
	case *eventv1.Inbound_Submission:
		err = h.submitted(ctx, in, what.Submission)
	case *eventv1.Inbound_Order:
		err = h.order(ctx, in, what.Order)
	case *eventv1.Inbound_Opened:
		err = h.home(ctx, in)
	default:
		err = bus.Permanent(errors.New("inbound event says nothing that this version understands"))
	}
	var no *refusal
	switch {
	case err == nil:
		h.done.WithLabelValues(kind(in), "ok").Inc()
		if in.GetOpened() == nil {
			h.Changed()
		}
	case errors.As(err, &no):
		h.done.WithLabelValues(kind(in), "refused").Inc()
		h.refused.WithLabelValues(no.reason).Inc()
		h.Log.Info("refused what a person asked for", "reason", no.reason, "person", in.GetPerson().GetId(), "kind", kind(in))
		h.audit(ctx, in, "refused", target(in), "", no.reason+": "+no.text)
		if in.GetBackend() == "cli" {
			return bus.Permanent(no)
		}
		h.answer(ctx, in, chat.Say("🚫 "+no.text))
		return nil
	default:
		h.done.WithLabelValues(kind(in), "failed").Inc()
	}
	return err
}

// answer tells the person alone. That it fails is no reason to do it all again.
func (h *Handler) answer(ctx context.Context, in *eventv1.Inbound, c chat.Content) {
	a, ok := h.Backend.(chat.Answerer)
	if _, ours := chat.Named(h.Backend, in.GetBackend()); !ok || !ours {
		return
	}
	to := chat.To{UserID: in.GetPerson().GetId()}
	switch what := in.GetWhat().(type) {
	case *eventv1.Inbound_Click:
		to.ChannelID, to.ReplyURL = what.Click.GetChannelId(), what.Click.GetResponseUrl()
	case *eventv1.Inbound_Submission:
		if to = toForm(in, what.Submission.GetPrivateMetadata()); what.Submission.GetCallbackId() == runForm {
			to.ChannelID = formChannel(what.Submission)
		}
	case *eventv1.Inbound_Command:
		to.ChannelID, to.ReplyURL = what.Command.GetChannelId(), what.Command.GetResponseUrl()
	}
	err := a.Answer(ctx, to, c)
	if words, pictured := unpictured(c); err != nil && pictured {
		h.Log.Info("answer with a picture not taken, in words now", "person", in.GetPerson().GetId(), "err", err)
		err = a.Answer(ctx, to, words)
	}
	if err != nil {
		h.Log.Warn("person not answered", "person", in.GetPerson().GetId(), "err", err)
	}
}

// show makes the messages show the record, and waits for it a little: what is
// still to be done then is in the record.
func (h *Handler) show(ctx context.Context, id string) {
	done := make(chan error, 1)
	h.Touch(ctx, id, func(err error) { done <- err })
	t := time.NewTimer(5 * time.Second)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	case <-ctx.Done():
	}
}

func target(in *eventv1.Inbound) string {
	if c := in.GetClick(); c != nil {
		id, _, _ := cutValue(c.GetValue())
		return id
	}
	if s := in.GetSubmission(); s != nil {
		if id := message.ReadAbout(s.GetPrivateMetadata()).Incident; idLike(id) {
			return id
		}
	}
	return kind(in)
}

func who(in *eventv1.Inbound) record.Who {
	name := in.GetPerson().GetName()
	if name == "" {
		name = in.GetPerson().GetId()
	}
	return record.Who{Backend: in.GetBackend(), ID: in.GetPerson().GetId(), Name: name}
}

func when(in *eventv1.Inbound) time.Time {
	if in.GetAt() == nil {
		return time.Now()
	}
	return in.GetAt().AsTime()
}
