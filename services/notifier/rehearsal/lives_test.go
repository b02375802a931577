package rehearsal

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

var start = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func minute(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }

// life is one from a minute to another; 0: it is open.
func life(policy, labels string, from, to int) Life {
	l := Life{Policy: policy, Labels: labels, Opened: minute(from)}
	if to > 0 {
		l.Resolved = minute(to)
	}
	return l
}

// words writes lanes as "cpu 2 to 1: =10-20 -20-30".
func words(lanes []*eventv1.LivesLane) string {
	var out []string
	for _, l := range lanes {
		text := l.GetName() + " " + l.GetNote() + ":"
		for _, x := range l.GetLives() {
			to := "…"
			if x.GetTo() != nil {
				to = fmt.Sprint(int(x.GetTo().AsTime().Sub(start).Minutes()))
			}
			text += fmt.Sprintf(" %c%d-%s", "?=-+"[x.GetChange()], int(x.GetFrom().AsTime().Sub(start).Minutes()), to)
		}
		out = append(out, text)
	}
	return strings.Join(out, "\n")
}

func TestLives(t *testing.T) {
	t.Parallel()
	f := func(what string, before, after []Life, compared bool, want string) {
		t.Helper()
		if got := words(Lives(before, after, compared, minute(60))); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", what, got, want)
		}
	}
	f("nothing", nil, nil, true, "")
	f("one policy, alone", []Life{life("cpu", "host=a", 5, 10), life("cpu", "host=b", 7, 0)}, nil, false, "host=a 1: ?5-10\nhost=b 1: ?7-…")
	f("a later opening and another end", []Life{life("cpu", "", 5, 10), life("cpu", "", 20, 30)}, []Life{life("cpu", "", 8, 12)}, true, "cpu 2 to 1: -5-8 =8-10 +10-12 -20-30")
	f("two policies", []Life{life("cpu", "host=a", 5, 10), life("disk", "host=a", 5, 0), life("cpu", "host=b", 5, 7)}, []Life{life("disk", "host=a", 5, 0)}, true,
		"cpu 2 to 0: -5-10 -5-7\ndisk 1: =5-60")
	f("over at once", []Life{life("cpu", "", 5, 5)}, []Life{life("cpu", "", 9, 9)}, true, "cpu 1: -5-5 +9-9")
	var many []Life
	for n := range 20 {
		many = append(many, life(fmt.Sprintf("p%02d", n), "", n+1, n+2))
	}
	if got := Lives(many, nil, false, minute(60)); len(got) != mostLanes || got[mostLanes-1].GetName() != "7 others" || len(got[mostLanes-1].GetLives()) != 7 {
		t.Errorf("many: %s", words(got))
	}
}

// What is drawn at any minute is what was open then.
func TestLivesAtAnyMinute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := func(name string) (lives []Life) {
			at := 0
			for _, n := range rapid.SliceOfN(rapid.IntRange(1, 6), 0, 12).Draw(t, name) {
				if at += n; len(lives) > 0 && lives[len(lives)-1].Resolved.IsZero() {
					lives[len(lives)-1].Resolved = minute(at)
				} else {
					lives = append(lives, life("cpu", "", at, 0))
				}
			}
			return lives
		}
		before, after := side("before"), side("after")
		open := func(lives []Life, at time.Time) bool {
			for _, l := range lives {
				if !at.Before(l.Opened) && (l.Resolved.IsZero() || at.Before(l.Resolved)) {
					return true
				}
			}
			return false
		}
		lanes := Lives(before, after, true, minute(100))
		for n := range 100 {
			at := minute(n).Add(time.Second)
			got := eventv1.Life_CHANGE_UNSPECIFIED
			for _, l := range lanes {
				for _, x := range l.GetLives() {
					if !at.Before(x.GetFrom().AsTime()) && at.Before(x.GetTo().AsTime()) {
						if got != eventv1.Life_CHANGE_UNSPECIFIED {
							t.Fatalf("minute %d is drawn twice", n)
						}
						got = x.GetChange()
					}
				}
			}
			want := map[[2]bool]eventv1.Life_Change{{true, true}: eventv1.Life_CHANGE_SAME, {true, false}: eventv1.Life_CHANGE_VANISHES, {false, true}: eventv1.Life_CHANGE_APPEARS}
			if w := want[[2]bool{open(before, at), open(after, at)}]; got != w {
				t.Fatalf("minute %d: %s, want %s", n, got, w)
			}
		}
	})
}
