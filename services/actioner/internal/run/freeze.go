package run

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/internal/bus"
)

const (
	// everywhere is the account that stands for all.
	everywhere = "all"
	// thawWithin is how long the first of two people's words counts.
	thawWithin = time.Hour
)

// action returns an action by its name: declared, or the actioner's own.
func (r *Runner) action(name string) (declare.Action, bool) {
	if name != declare.Freeze && name != declare.Thaw {
		return r.Action(name)
	}
	return declare.Action{Name: name, Title: name, Kind: "freeze", Do: &freezer{r, name == declare.Thaw}, Allow: r.FreezeAllow, Timeout: 30 * time.Second,
		PerHour: 10000, PerHourTarget: 10000, PerHourAccount: 10000, WhenResolved: true, Revision: "1",
		Parameters: []declare.Parameter{{Name: "account", Matches: accountOrAll}, {Name: "reason", Matches: reason}}}, true
}

var (
	accountOrAll = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)
	reason       = regexp.MustCompile(`^[^\x00-\x1f]{0,300}$`)
)

// asRun makes a freeze or thaw the run that it is: recorded, permitted, audited
// and told like every other.
func asRun(f *eventv1.FreezeRequested) *eventv1.RunRequested {
	name := declare.Freeze
	if f.GetThaw() {
		name = declare.Thaw
	}
	return &eventv1.RunRequested{RunId: f.GetId(), Action: name, Parameters: map[string]string{"account": or(f.GetAccount(), everywhere), "reason": f.GetReason()},
		Actor: f.GetActor(), At: f.GetAt(), ChannelId: f.GetChannelId(), ThreadTs: f.GetThreadTs()}
}

// account returns the id of an account by its name or id.
func (r *Runner) account(name string) string {
	if r.Account == nil || name == "" || name == everywhere {
		return name
	}
	id, _ := r.Account(name)
	return id
}

// frozen says who froze what a run would touch, or nil.
func (r *Runner) frozen(ctx context.Context, name string, parameters map[string]string) (*Refusal, error) {
	if name == declare.Freeze || name == declare.Thaw {
		return nil, nil
	}
	keys := []string{everywhere}
	if a := r.account(parameters["account"]); a != "" {
		keys = append(keys, bus.Token(a))
	}
	for _, key := range keys {
		e, err := bus.Freezes.Get(ctx, r.Bus, key)
		if err == nil {
			return &Refusal{Frozen, words(e.Value) + "; two people together can end that (thaw)"}, nil
		}
		if !errors.Is(err, bus.ErrNotFound) {
			return nil, err
		}
	}
	return nil, nil
}

// words says who froze what, when and why.
func words(f *eventv1.Freeze) string {
	text := fmt.Sprintf("actions %s have been frozen by %s since %s", in(f.GetAccount()), nameOf(f.GetBy()), f.GetAt().AsTime().UTC().Format("Mon 2 Jan 15:04 MST"))
	if f.GetReason() != "" {
		text += ": " + f.GetReason()
	}
	return text
}

func in(account string) string {
	if account == "" || account == everywhere {
		return "in all accounts"
	}
	return "in the account " + account
}

// freezer is the kind behind both.
type freezer struct {
	r    *Runner
	thaw bool
}

// HasToken: the freeze itself knows whose word it has.
func (f *freezer) HasToken() bool { return true }

func (f *freezer) Plan(v fill.Values) (string, error) {
	account, why := v[fill.Parameters]["account"], v[fill.Parameters]["reason"]
	if f.thaw {
		return "Let actions begin again " + in(account), nil
	}
	text := "Let no action begin " + in(account)
	if why != "" {
		text += ": " + why
	}
	return text, nil
}

func (f *freezer) Run(ctx context.Context, c action.Call) (action.Result, error) {
	h, err := f.r.find(ctx, c.RunID)
	if err != nil {
		return action.Result{}, action.NotDone("the record of it could not be read", err)
	}
	run, key := h.run(), bus.Token(f.r.account(c.Values[fill.Parameters]["account"]))
	e, err := bus.Freezes.Get(ctx, f.r.Bus, key)
	if err != nil && !errors.Is(err, bus.ErrNotFound) {
		return action.Result{}, action.NotDone("it could not be looked at whether actions are frozen", err)
	}
	there := err == nil
	if f.thaw {
		return f.end(ctx, run, c, key, e, there)
	}
	switch {
	case there && f.mine(e.Value.GetBy(), run) && proto.Equal(e.Value.GetAt(), run.GetRequestedAt()):
	case there:
		return action.Result{}, action.Refused(words(e.Value) + "; nothing was changed")
	default:
		by := &eventv1.Freeze{Reason: run.GetParameters()["reason"], By: run.GetRequestedBy(), At: run.GetRequestedAt()}
		if key != everywhere {
			by.Account = key
		}
		if _, err := bus.Freezes.Create(ctx, f.r.Bus, key, by); err != nil {
			return action.Result{}, action.NotDone("it could not be written", err)
		}
	}
	text := "no action begins " + in(key) + " until two people thaw it; what runs now goes on"
	if f.r.Account != nil && key != everywhere {
		if _, known := f.r.Account(key); !known {
			text += ". No account " + key + " is configured here: see that it is the one that was meant"
		}
	}
	return action.Result{Text: text}, nil
}

func (f *freezer) mine(who *eventv1.Actor, run *eventv1.RunChanged) bool {
	return f.r.People.Same(who, run.GetRequestedBy())
}

// end takes a person's word for the end of a freeze.
func (f *freezer) end(ctx context.Context, run *eventv1.RunChanged, c action.Call, key string, e bus.Entry[*eventv1.Freeze], there bool) (action.Result, error) {
	over := "actions may begin again " + in(key)
	if !there {
		if c.Again {
			return action.Result{Text: over}, nil
		}
		return action.Result{}, action.Refused("actions " + in(key) + " are not frozen; nothing was changed")
	}
	first := e.Value.GetThawBy()
	fresh := first != nil && run.GetRequestedAt().AsTime().Sub(e.Value.GetThawAt().AsTime()) < thawWithin
	waits := fmt.Sprintf("noted; %s until a second person says so too, within %s", words(e.Value), thawWithin)
	switch {
	case fresh && f.mine(first, run) && proto.Equal(e.Value.GetThawAt(), run.GetRequestedAt()):
		return action.Result{Text: waits}, nil
	case fresh && f.mine(first, run):
		return action.Result{}, action.Refused(nameOf(first) + " said so already: a second person has to")
	case fresh:
		if err := bus.Freezes.Delete(ctx, f.r.Bus, key, e.Revision); err != nil {
			return action.Result{}, action.Unknown("it could not be written", err) // tried again, and seen then
		}
		return action.Result{Text: fmt.Sprintf("%s, by the word of %s and %s", over, nameOf(first), nameOf(run.GetRequestedBy()))}, nil
	}
	next := proto.CloneOf(e.Value)
	next.ThawBy, next.ThawAt = run.GetRequestedBy(), run.GetRequestedAt()
	if _, err := bus.Freezes.Update(ctx, f.r.Bus, key, next, e.Revision); err != nil {
		return action.Result{}, action.NotDone("it could not be written", err)
	}
	return action.Result{Text: waits}, nil
}
