package awsevents

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/deadletter"
	"github.com/parley-ops/parley/services/collector/internal/push/identity"
	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/wait"
)

// events is the source.
type events struct {
	cfg  Config
	deps source.Deps
	// ownOnly: not in accounts that are read by a role, which nobody said may
	// read queues.
	ownOnly bool
}

// maxSeries is how many series are sure to be remembered.
const maxSeries = 20_000

// Run reads all queues side by side until ctx is done.
func (e *events) Run(ctx context.Context, sink source.Sink) error {
	if e.deps.Accounts == nil || e.deps.Bus == nil || !e.wanted() {
		<-ctx.Done()
		return nil
	}
	accounts, err := e.resolve(ctx)
	if err != nil {
		return nil // stopped
	}
	letters := deadletter.New(e.deps.Bus, e.deps.Log)
	names := identity.New(e.deps.Accounts, series.NewCache(maxSeries), e.deps.Log)
	storing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var office, readers sync.WaitGroup
	office.Go(func() { letters.Run(storing) })
	for _, q := range e.queues(accounts) {
		r := &reader{queue: q, set: e.deps.Accounts, log: e.deps.Log.With("account", q.account.ID, "region", q.region),
			names: names, letters: letters, sink: sink, changes: e.deps.Changes}
		readers.Go(func() { r.run(ctx) })
	}
	<-ctx.Done()
	readers.Wait()
	stop()
	office.Wait()
	return nil
}

// wanted reports whether there is a queue to read.
func (e *events) wanted() bool {
	return slices.ContainsFunc(e.deps.Accounts.Accounts(), func(a account.Account) bool { return e.cfg.Queue != "" || a.Queue != "" })
}

// resolve asks AWS whose the credentials are, where nobody said, until it
// answers; an error means that ctx ended.
func (e *events) resolve(ctx context.Context) ([]account.Account, error) {
	pause, said := wait.Pause{First: time.Second, Last: time.Minute}, ""
	for {
		accounts, err := e.deps.Accounts.Resolve(ctx)
		if err == nil {
			return accounts, nil
		}
		if ctx.Err() == nil && err.Error() != said {
			said = err.Error()
			e.deps.Log.Warn("events of AWS are not read yet", "err", err)
		}
		if err := pause.Wait(ctx); err != nil {
			return nil, err
		}
	}
}

// queue is one to read: url, or name to look for.
type queue struct {
	account   account.Account
	region    string
	url, name string
}

// queues returns those of the accounts: that of the accounts file, or one by
// name in each region.
func (e *events) queues(accounts []account.Account) []queue {
	var out []queue
	for _, a := range accounts {
		switch {
		case a.Queue != "":
			if len(a.Regions) > 0 {
				out = append(out, queue{account: a, region: regionOf(a.Queue, a.Regions[0]), url: a.Queue})
			}
		case e.cfg.Queue != "" && (a.Role == "" || !e.ownOnly):
			for _, r := range a.Regions {
				out = append(out, queue{account: a, region: r, name: e.cfg.Queue})
			}
		}
	}
	return out
}

var region = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)

// regionOf returns the region in a queue's URL, https://sqs.<region>.…, or
// otherwise.
func regionOf(text, otherwise string) string {
	u, err := url.Parse(text)
	if err != nil {
		return otherwise
	}
	for part := range strings.SplitSeq(u.Hostname(), ".") {
		if region.MatchString(part) {
			return part
		}
	}
	return otherwise
}
