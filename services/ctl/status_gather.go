package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// status is how an installation is doing: the JSON of `parley status`.
type status struct {
	At            time.Time      `json:"at"`
	Healthy       bool           `json:"healthy"`
	Problems      []problem      `json:"problems"`
	Services      []serviceSeen  `json:"services"`
	Owners        []ownerSeen    `json:"owners"`
	Teams         []teamSeen     `json:"teams"`
	Unowned       []int          `json:"unowned_partitions"`
	Consumers     []consumerSeen `json:"consumers"`
	Streams       []streamSeen   `json:"streams"`
	DeadLetters   []deadSeen     `json:"dead_letters"`
	IncidentsOpen int            `json:"incidents_open"`
	// Chats are the channels that fail now.
	Chats []chatSeen `json:"chats"`
	// Archives are left out where no collector archives.
	Archives []archiveSeen `json:"archives,omitempty"`
	// AWS is left out where no account is watched.
	AWS *costView `json:"aws,omitempty"`
}

type serviceSeen struct {
	Name            string  `json:"name"`
	Instance        string  `json:"instance"`
	Version         string  `json:"version"`
	RTTMilliseconds float64 `json:"rtt_ms"`
}

type ownerSeen struct {
	Owner         string `json:"owner"`
	Partitions    []int  `json:"partitions"`
	Series        uint64 `json:"series"`
	Lag           uint64 `json:"lag_messages"`
	IncidentsOpen int    `json:"incidents_open"`
}

type consumerSeen struct {
	Stream      string `json:"stream"`
	Name        string `json:"name"`
	Service     string `json:"service"`
	Pending     uint64 `json:"pending"`
	AckPending  int    `json:"ack_pending"`
	Redelivered int    `json:"redelivered"`
	Missing     bool   `json:"missing,omitempty"`
}

type streamSeen struct {
	Name          string     `json:"name"`
	Messages      uint64     `json:"messages"`
	Bytes         uint64     `json:"bytes"`
	MaxBytes      int64      `json:"max_bytes"`
	MaxAgeSeconds float64    `json:"max_age_seconds"`
	Oldest        *time.Time `json:"oldest,omitempty"`
	Missing       bool       `json:"missing,omitempty"`

	refuses bool
}

// deadSeen is dead letters of the last day with one subject and reason.
type deadSeen struct {
	Subject      string    `json:"subject"`
	Reason       string    `json:"reason"`
	Count        int       `json:"count"`
	LastSequence uint64    `json:"last_sequence"`
	LastAt       time.Time `json:"last_at"`
}

// gather asks everybody.
func gather(ctx context.Context, conn *bus.Conn) (status, error) {
	st := status{At: time.Now().UTC(), Problems: []problem{}, Unowned: []int{}}
	var err error
	if st.Services, err = ping(ctx, conn.NATS()); err != nil {
		return st, err
	}
	partitions(ctx, conn, &st)
	for _, s := range bus.Streams() {
		seen := streamSeen{Name: s.Name, MaxBytes: s.MaxBytes, MaxAgeSeconds: s.MaxAge.Seconds(), refuses: s.RefuseWhenFull}
		stream, err := conn.JetStream().Stream(ctx, s.Name)
		if err != nil && !isMissing(err) {
			return st, fmt.Errorf("stream %s: %w", s.Name, err)
		}
		if seen.Missing = err != nil; !seen.Missing {
			info := stream.CachedInfo()
			seen.Messages, seen.Bytes, seen.MaxBytes = info.State.Msgs, info.State.Bytes, info.Config.MaxBytes
			if seen.Messages > 0 {
				seen.Oldest = &info.State.FirstTime
			}
		}
		st.Streams = append(st.Streams, seen)
	}
	for _, d := range bus.Durables() {
		seen := consumerSeen{Stream: d.Stream, Name: d.Name, Service: d.Service}
		consumer, err := conn.JetStream().Consumer(ctx, d.Stream, d.Name)
		if err != nil && !isMissing(err) {
			return st, fmt.Errorf("consumer %s/%s: %w", d.Stream, d.Name, err)
		}
		if seen.Missing = err != nil; !seen.Missing {
			info := consumer.CachedInfo()
			seen.Pending, seen.AckPending, seen.Redelivered = info.NumPending, info.NumAckPending, info.NumRedelivered
		}
		st.Consumers = append(st.Consumers, seen)
	}
	if st.DeadLetters, err = deadLetters(ctx, conn, st.At); err != nil {
		return st, err
	}
	if st.Chats, err = chatsFailing(ctx, conn); err != nil {
		return st, err
	}
	if st.Archives, err = archives(ctx, conn, st.At); err != nil {
		return st, err
	}
	cloud, err := watched(ctx, conn)
	if err == nil && len(cloud.Targets) > 0 {
		st.AWS = &cloud
	}
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		err = nil // set up by an older version, or not at all: the streams say so
	}
	return st, err
}

// ping returns the services that answer, sorted by name.
func ping(ctx context.Context, nc *nats.Conn) ([]serviceSeen, error) {
	inbox := nc.NewInbox()
	sub, err := nc.SubscribeSync(inbox)
	if err != nil {
		return nil, fmt.Errorf("ask services: %w", err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	begin := time.Now()
	if err := nc.PublishRequest("$SRV.PING", inbox, nil); err != nil {
		return nil, fmt.Errorf("ask services: %w", err)
	}
	seen := []serviceSeen{}
	absent := map[string]bool{}
	for _, m := range missed {
		absent[m.service] = true
	}
	for {
		// Somebody who should be there is worth waiting for.
		m, err := sub.NextMsg(word(len(absent) > 0, time.Second, 300*time.Millisecond))
		if err != nil || ctx.Err() != nil || m.Header.Get("Status") == "503" {
			break
		}
		var answer struct {
			Name, ID, Version string
			Metadata          map[string]string
		}
		name, ours := "", false
		if json.Unmarshal(m.Data, &answer) == nil {
			name, ours = strings.CutPrefix(answer.Name, "parley-")
		}
		if ours {
			delete(absent, name)
			rtt := float64(time.Since(begin).Microseconds()) / 1000
			seen = append(seen, serviceSeen{name, cmp.Or(answer.Metadata["instance"], answer.ID), answer.Version, rtt})
		}
	}
	slices.SortFunc(seen, func(a, b serviceSeen) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Instance, b.Instance))
	})
	return seen, ctx.Err()
}

// partitions asks each partition's owner how it does.
func partitions(ctx context.Context, conn *bus.Conn, st *status) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	// Those that do not answer are the error's, and are shown as unowned.
	answers, _ := bus.QueryAll(ctx, conn, &eventv1.Query{Query: &eventv1.Query_Partition{Partition: &eventv1.PartitionQuery{Sizes: true}}})
	st.Teams = teams(answers)
	owners := map[string]*ownerSeen{}
	answered := map[int]bool{}
	for _, a := range answers {
		p := a.GetStatus()
		o, ok := owners[p.GetOwner()]
		if !ok {
			o = &ownerSeen{Owner: p.GetOwner()}
			owners[p.GetOwner()] = o
		}
		answered[int(a.GetPartition())] = true
		o.Partitions = append(o.Partitions, int(a.GetPartition()))
		o.Series += uint64(p.GetSeries())
		o.Lag += p.GetLagMessages()
		o.IncidentsOpen += int(p.GetIncidentsOpen())
		st.IncidentsOpen += int(p.GetIncidentsOpen())
	}
	st.Owners = []ownerSeen{}
	for _, o := range owners {
		slices.Sort(o.Partitions)
		st.Owners = append(st.Owners, *o)
	}
	slices.SortFunc(st.Owners, func(a, b ownerSeen) int { return cmp.Compare(a.Owner, b.Owner) })
	for p := range bus.Partitions {
		if !answered[p] {
			st.Unowned = append(st.Unowned, p)
		}
	}
}

// deadLetters counts those of the last day, at most the newest 10,000, most
// frequent first.
func deadLetters(ctx context.Context, conn *bus.Conn, now time.Time) ([]deadSeen, error) {
	const most = 10_000
	end, err := endOf(ctx, conn, bus.DeadLetters)
	if err != nil {
		if isMissing(err) {
			err = nil
		}
		return []deadSeen{}, err
	}
	part := stretch{HeadersOnly: true, FromSequence: uint64(max(int64(end)-most, 1))}
	type kind struct{ subject, reason string }
	kinds := map[kind]*deadSeen{}
	err = readLog(ctx, conn, bus.DeadLetters, part, func(m *bus.Message[[]byte]) error {
		if now.Sub(m.Stored) > 24*time.Hour {
			return nil
		}
		k := kind{m.Subject, m.Header.Get(bus.HeaderReason)}
		if kinds[k] == nil {
			kinds[k] = &deadSeen{Subject: k.subject, Reason: k.reason}
		}
		kinds[k].Count++
		kinds[k].LastSequence, kinds[k].LastAt = m.Sequence, m.Stored.UTC()
		return nil
	})
	out := []deadSeen{}
	for _, d := range kinds {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b deadSeen) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Reason, b.Reason))
	})
	return out, err
}

func isMissing(err error) bool {
	return errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrConsumerNotFound)
}
