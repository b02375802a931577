package rules

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/wait"
)

const (
	pollEvery = 2 * time.Second
	relist    = 30 * time.Second
)

// Current is the set that should be in force.
type Current struct {
	Set      *policy.Set
	Revision uint64
}

// Keeper keeps folders, bucket and set equal.
type Keeper struct {
	conn   *bus.Conn
	log    *slog.Logger
	author string
	folder folder
	// announced is the digest of the set whose needs were written last.
	announced string
	// Problems is told how many there are in the files and in the bucket.
	Problems func(n int)

	mu       sync.Mutex
	current  Current
	changed  chan struct{} // closed at each change
	sets     map[string]*policy.Set
	good     map[string]policy.Policy // the last version of each that was right
	inFiles  int
	inBucket int
}

// New returns a keeper of these folders; author is written into the bucket.
func New(conn *bus.Conn, log *slog.Logger, author string, dirs []string) *Keeper {
	return &Keeper{conn: conn, log: log, author: author, folder: folder{dirs: dirs}, Problems: func(int) {},
		changed: make(chan struct{}), sets: map[string]*policy.Set{}, good: map[string]policy.Policy{}}
}

// Run works until ctx is done.
func (k *Keeper) Run(ctx context.Context) error {
	pause := wait.Pause{First: 200 * time.Millisecond, Last: 5 * time.Second}
	for !k.poll(ctx) {
		if pause.Wait(ctx) != nil {
			return nil
		}
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		for wait.For(ctx, pollEvery) == nil {
			k.poll(ctx)
		}
	})
	return bus.Policies.Watch(ctx, k.conn, relist, func(es []bus.Entry[*eventv1.PolicyDocument]) {
		if err := k.gather(ctx, es); err != nil && ctx.Err() == nil {
			k.log.Warn("set of policies, or what it needs, not stored; again within half a minute", "err", err)
		}
	})
}

// Current returns what should be in force, and a channel that closes when that
// changes; a nil Set before it is known.
func (k *Keeper) Current() (Current, <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.current, k.changed
}

// Get returns the set with this digest.
func (k *Keeper) Get(ctx context.Context, digest string) (*policy.Set, error) {
	if digest == "" {
		return &policy.Set{}, nil
	}
	k.mu.Lock()
	set := k.sets[digest]
	k.mu.Unlock()
	if set != nil {
		return set, nil
	}
	e, err := bus.PolicySets.Get(ctx, k.conn, digest)
	if err != nil {
		return nil, fmt.Errorf("policy set: %w", err)
	}
	set, problems := policy.SetFromEvent(e.Value)
	for _, p := range problems {
		k.log.Error("policy in force cannot be read by this version", "policy", p.File, "err", p.String())
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.remember(set)
	return set, nil
}

func (k *Keeper) remember(set *policy.Set) {
	if len(k.sets) > 8 { // an evaluator needs the current one and the one before
		clear(k.sets)
	}
	k.sets[set.Digest] = set
}

// poll brings the bucket up to the files if those changed; false if that could
// not be done.
func (k *Keeper) poll(ctx context.Context) bool {
	before := k.folder
	c := k.folder.scan()
	if c == nil {
		return true
	}
	for _, p := range c.problems {
		k.log.Error("policy file has a problem; the version before stays", "policy", p.Policy, "err", p.String())
	}
	k.report(&k.inFiles, len(c.problems))
	if err := k.sync(ctx, c); err != nil {
		k.folder = before // try again
		if ctx.Err() == nil {
			k.log.Warn("policies of the files not stored yet", "err", err)
		}
		return false
	}
	return true
}

// sync writes the differences between files and bucket.
func (k *Keeper) sync(ctx context.Context, c *contents) error {
	entries, err := bus.Policies.List(ctx, k.conn)
	if err != nil {
		return err
	}
	there := map[string]bus.Entry[*eventv1.PolicyDocument]{}
	for _, e := range entries {
		there[e.Key] = e
	}
	for _, name := range slices.Sorted(maps.Keys(c.policies)) {
		p, e := c.policies[name], there[name]
		switch {
		case e.Value != nil && e.Value.GetYaml() == p.YAML:
			continue
		case e.Value != nil && e.Value.GetOrigin() != "file":
			k.log.Warn("policy of a file is not used: one of that name was applied by hand", "policy", name)
			continue
		}
		doc := &eventv1.PolicyDocument{Name: name, Yaml: p.YAML, Origin: "file", Author: k.author, At: timestamppb.Now()}
		if e.Value == nil {
			_, err = bus.Policies.Create(ctx, k.conn, name, doc)
		} else {
			_, err = bus.Policies.Update(ctx, k.conn, name, doc, e.Revision)
		}
		if errors.Is(err, bus.ErrConflict) {
			if now, err := bus.Policies.Get(ctx, k.conn, name); err == nil && now.Value.GetYaml() == p.YAML {
				continue // another evaluator, from the same file
			}
		}
		if err != nil {
			return err
		}
		k.log.Info("policy taken from file", "policy", name)
	}
	if c.broken {
		return nil // what vanished may be in the file that cannot be read
	}
	for _, e := range entries {
		_, right := c.policies[e.Key]
		if _, named := c.wrong[e.Key]; right || named || e.Value.GetOrigin() != "file" {
			continue
		}
		if err := bus.Policies.Delete(ctx, k.conn, e.Key, e.Revision); err != nil && !errors.Is(err, bus.ErrConflict) {
			return err
		}
		k.log.Info("policy removed with its file", "policy", e.Key)
	}
	return nil
}

// gather makes the set of what is in the bucket.
func (k *Keeper) gather(ctx context.Context, entries []bus.Entry[*eventv1.PolicyDocument]) error {
	var all []policy.Policy
	wrong := 0
	for _, e := range entries {
		p, problems := policy.ParseOne("policy "+e.Key, e.Value.GetYaml())
		if len(problems) == 0 && p.Name != e.Key {
			problems = []policy.Problem{{File: "policy " + e.Key, Line: 1, Column: 1, Text: "its name is " + p.Name}}
		}
		if len(problems) > 0 {
			wrong += len(problems)
			for _, pr := range problems {
				k.log.Error("policy in the bucket has a problem; the version before stays", "policy", e.Key, "err", pr.String())
			}
			var known bool
			if p, known = k.good[e.Key]; !known {
				continue
			}
		}
		k.good[e.Key] = p
		all = append(all, p)
	}
	k.report(&k.inBucket, wrong)
	set := policy.NewSet(all)
	cur, _ := k.Current()
	if cur.Set == nil || cur.Set.Digest != set.Digest {
		revision, err := k.store(ctx, set, cur.Revision)
		if err != nil {
			return err
		}
		k.put(Current{set, revision})
		k.log.Info("policies", "count", len(set.Policies), "digest", set.Digest, "revision", revision)
	}
	return k.announce(ctx)
}

// Raise gives the current set a revision above least: partitions have another
// one in force with that.
func (k *Keeper) Raise(ctx context.Context, digest string, least uint64) error {
	cur, _ := k.Current()
	if cur.Set == nil || cur.Set.Digest != digest || cur.Revision > least {
		return nil
	}
	revision, err := k.store(ctx, cur.Set, least)
	if err != nil {
		return err
	}
	k.put(Current{cur.Set, revision})
	return nil
}

// store writes the set if it is not there at a revision above least, which it
// must get when it comes into force again after another one.
func (k *Keeper) store(ctx context.Context, set *policy.Set, least uint64) (uint64, error) {
	for {
		e, err := bus.PolicySets.Get(ctx, k.conn, set.Digest)
		var revision uint64
		switch {
		case errors.Is(err, bus.ErrNotFound):
			revision, err = bus.PolicySets.Create(ctx, k.conn, set.Digest, set.Event())
		case err == nil && e.Revision > least:
			return e.Revision, nil
		case err == nil:
			revision, err = bus.PolicySets.Update(ctx, k.conn, set.Digest, set.Event(), e.Revision)
		}
		if errors.Is(err, bus.ErrConflict) {
			continue // another evaluator was first; see what it wrote
		}
		return revision, err
	}
}

func (k *Keeper) put(c Current) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.current = c
	k.remember(c.Set)
	close(k.changed)
	k.changed = make(chan struct{})
}

func (k *Keeper) report(which *int, n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	*which = n
	k.Problems(k.inFiles + k.inBucket)
}
