package main

import (
	"strings"
	"testing"
	"time"
)

func well() status {
	st := status{Streams: []streamSeen{{Name: "INGEST", MaxBytes: 100}}, Consumers: []consumerSeen{{Stream: "INGEST", Name: "normalizer", Service: "collector"}}}
	for _, m := range missed {
		st.Services = append(st.Services, serviceSeen{Name: m.service})
	}
	return st
}

func TestProblems(t *testing.T) {
	t.Parallel()
	if got := problems(well()); len(got) != 0 {
		t.Fatalf("all is well, but: %v", got)
	}
	f := func(what string, change func(*status), want ...string) {
		t.Helper()
		st := well()
		change(&st)
		got := problems(st)
		if len(got) != len(want) {
			t.Fatalf("%s: got %v", what, got)
		}
		for i, p := range got {
			if !strings.Contains(p.What, want[i]) || p.Do == "" {
				t.Errorf("%s: got %+v, want %q", what, p, want[i])
			}
		}
	}
	f("no stream", func(st *status) {
		st.Streams[0].Missing, st.Consumers[0].Missing = true, true
	}, "not set up: it has no INGEST.")
	f("no consumer", func(st *status) { st.Consumers[0].Missing = true }, "INGEST/normalizer")
	f("no renderer", func(st *status) {
		st.Services = append(st.Services[:3:3], st.Services[4])
	}, "No renderer answers: messages come without charts")
	f("no owner", func(st *status) { st.Unowned = []int{3, 4} }, "2 partitions without an owner that answers (03-04)")
	f("no evaluator says it all", func(st *status) {
		st.Unowned = []int{3}
		st.Services = append(st.Services[:1:1], st.Services[2:]...)
	}, "No evaluator answers")
	f("lag", func(st *status) { st.Owners = []ownerSeen{{Owner: "e1", Lag: manyBehind + 1}} }, "Evaluator e1 is 1001 entries behind")
	f("almost full", func(st *status) { st.Streams[0].Bytes = 90 }, "INGEST is 90 % full: when it is full the oldest goes")
	f("refuses", func(st *status) { st.Streams[0].Bytes, st.Streams[0].refuses = 90, true }, "it refuses what comes")
	f("behind", func(st *status) { st.Consumers[0].Pending = manyBehind + 1 }, "The collector is 1001 messages behind on INGEST")
	f("tried again", func(st *status) { st.Consumers[0].Redelivered = 1 }, "The collector tries 1 message of INGEST again")
	f("dead", func(st *status) {
		st.DeadLetters = []deadSeen{{Subject: "dlq.ingest.demo", Reason: "value: missing", Count: 2, LastSequence: 9, LastAt: time.Now()}, {Count: 1}}
	}, "3 dead letters in the last day, most of them (2) on dlq.ingest.demo: value: missing")
	now, ago := time.Now(), func(d time.Duration) *time.Time { at := time.Now().Add(-d); return &at }
	archive := func(a archiveSeen) func(*status) {
		return func(st *status) {
			a.Place = "/archive"
			st.At, st.Archives = now, []archiveSeen{a}
		}
	}
	f("archives as it should", archive(archiveSeen{Owner: "c1", At: now, Waiting: 9, WaitingSince: ago(time.Hour)}))
	f("gave it back just now", archive(archiveSeen{At: *ago(time.Minute)}))
	f("archives late", archive(archiveSeen{Owner: "c1", At: now, Waiting: 9, WaitingSince: ago(2 * time.Hour)}), "Archive /archive: 9 entries wait, for up to 2 h.")
	f("cannot archive", archive(archiveSeen{Owner: "c1", At: now, Problem: "no space left"}), "samples are not archived: no space left.")
	f("archived no more", archive(archiveSeen{At: *ago(time.Hour)}), "no collector has archived samples for 1 h.")
	f("died", archive(archiveSeen{Owner: "c1", At: *ago(time.Hour)}), "collector c1, which archives samples, has been silent for 1 h.")
	f("lost", archive(archiveSeen{Owner: "c1", At: now, Lost: 2, LostAt: ago(time.Hour)}), "2 entries were dropped by the server before they were archived")
	f("lost long ago", archive(archiveSeen{Owner: "c1", At: now, Lost: 2, LostAt: ago(48 * time.Hour)}))
}
