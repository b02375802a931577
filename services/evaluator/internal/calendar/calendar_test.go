package calendar

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

var now = time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)

func window(id string, from, to time.Duration) *eventv1.Maintenance {
	return &eventv1.Maintenance{Id: id, Name: "w " + id, Author: "ann", Comment: "because",
		Matchers: []*eventv1.Matcher{{Label: "host", Op: eventv1.Matcher_OP_EQUAL, Value: "a"}},
		StartsAt: timestamppb.New(now.Add(from)), EndsAt: timestamppb.New(now.Add(to))}
}

// What decides is kept, in the order of the ids; what cannot be is not.
func TestWhatGoesIntoTheLog(t *testing.T) {
	t.Parallel()
	broken := window("c", time.Hour, time.Hour)
	got, left := pick([]*eventv1.Maintenance{window("b", -time.Hour, time.Hour), broken, window("a", -2*time.Hour, -time.Hour)}, now)
	if len(got.Windows) != 2 || left != 0 || got.Windows[0].Id != "a" || got.Windows[1].Id != "b" {
		t.Fatalf("%v, %d left", got, left)
	}
	if m := got.Windows[1]; m.Author != "" || m.Comment != "" || m.Name != "w b" || len(m.Matchers) != 1 || m.EndsAt == nil {
		t.Errorf("%v", m)
	}
}

// Another comment is no change.
func TestACommentIsNoChange(t *testing.T) {
	t.Parallel()
	c := New(nil, nil)
	one := window("a", 0, time.Hour)
	first, _ := pick([]*eventv1.Maintenance{one}, now)
	c.put(first)
	_, changed := c.Current()
	one.Comment = "another"
	again, _ := pick([]*eventv1.Maintenance{one}, now)
	c.put(again)
	select {
	case <-changed:
		t.Error("a comment is told as a change")
	default:
	}
	one.EndsAt = timestamppb.New(now.Add(2 * time.Hour))
	longer, _ := pick([]*eventv1.Maintenance{one}, now)
	c.put(longer)
	select {
	case <-changed:
	default:
		t.Error("a later end is not told")
	}
}

// More than fits: those that were over first are left out.
func TestTheOldestAreLeftOut(t *testing.T) {
	t.Parallel()
	var all []*eventv1.Maintenance
	for i := range 300 {
		m := window(fmt.Sprintf("m%03d", i), -time.Duration(301-i)*time.Hour, -time.Duration(300-i)*time.Hour)
		m.Name = strings.Repeat("x", 2000)
		all = append(all, m)
	}
	all = append(all, window("z", time.Hour, 2*time.Hour))
	got, left := pick(all, now)
	if left == 0 || len(got.Windows)+left != len(all) || proto.Size(got) > maxBytes {
		t.Fatalf("%d kept, %d left out, %d bytes", len(got.Windows), left, proto.Size(got))
	}
	if last := got.Windows[len(got.Windows)-1].Id; last != "z" || got.Windows[0].Id != fmt.Sprintf("m%03d", left) {
		t.Errorf("from %s to %s", got.Windows[0].Id, last)
	}
}
