package memory

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const minute = int64(60_000)

// points adds datapoints in CloudWatch's notation, the newest on the right.
func points(text string) *Datapoints {
	d := &Datapoints{}
	fields := strings.Fields(text)
	base := int64(1000)
	for i, f := range fields {
		switch f {
		case "X", "0":
			d.Add((base+int64(i))*minute, minute, f == "X")
		}
	}
	d.Pass(base + int64(len(fields)) - 1)
	return d
}

// The tables of the CloudWatch user guide, "How alarm state is evaluated when
// data is missing", of both its versions; and its examples in words.
func TestMissingDataIsTreatedAsCloudWatchDoes(t *testing.T) {
	t.Parallel()
	verdicts := map[string]Verdict{"ALARM": Holds, "OK": HoldsNot, "Retain": Keep, "Insufficient": Unknown}
	f := func(hold int, text, missing, ignored, bad, good string) {
		t.Helper()
		for m, want := range map[Missing]string{Missed: missing, Ignored: ignored, Bad: bad, Good: good} {
			if got := points(text).Judge(hold, 3, m); got != verdicts[want] {
				t.Errorf("%d of 3, %s, missing as %d: %d, want %s", hold, text, m, got, want)
			}
		}
	}
	f(3, "0 - X - X", "OK", "OK", "OK", "OK")
	f(3, "0 - - - -", "OK", "OK", "OK", "OK")
	f(3, "- - - - -", "Insufficient", "Retain", "ALARM", "OK")
	f(3, "0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM")
	f(3, "- - X - -", "ALARM", "Retain", "ALARM", "OK")
	f(3, "X - - - -", "ALARM", "Retain", "ALARM", "OK")
	f(3, "- - - - X", "Retain", "Retain", "ALARM", "OK") // "does not go immediately into ALARM"
	f(3, "- - - X -", "Retain", "Retain", "ALARM", "OK")
	f(3, "- - - X 0", "OK", "OK", "OK", "OK")
	f(3, "- - X - 0", "OK", "OK", "OK", "OK")
	f(2, "0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM")
	f(2, "0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM")
	f(2, "0 - X - -", "OK", "OK", "ALARM", "OK")
	f(2, "- - - - 0", "OK", "OK", "ALARM", "OK")
	f(2, "- - - X -", "ALARM", "Retain", "ALARM", "OK")
	f(2, "- - - - X", "Retain", "Retain", "ALARM", "OK")
}

// A source that asks every five minutes brings samples that are up to six old.
func TestLateIsTheWorstOfLately(t *testing.T) {
	t.Parallel()
	var d Datapoints
	for range 50 {
		for k := int64(6); k > 1; k-- {
			d.Came(k * minute)
		}
	}
	if l := d.Late(); l < 5*minute || l > 6*minute {
		t.Errorf("%d ms", l)
	}
	for range 1000 {
		d.Came(10)
	}
	if l := d.Late(); l > minute {
		t.Errorf("%d ms after it came in time for long", l)
	}
}

// Each sample is a datapoint: as many as asked for of the last ones, counted the
// plain way.
func TestSamplesAreCounted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		of := rapid.IntRange(1, 60).Draw(r, "of")
		hold := rapid.IntRange(1, of).Draw(r, "hold")
		all := rapid.SliceOfN(rapid.Bool(), 0, 150).Draw(r, "samples")
		d := Datapoints{}
		for i, holds := range all {
			d.Add(int64(i+1)*10, 0, !holds) // what is said twice counts once, as said last
			d.Add(int64(i+1)*10, 0, holds)
			n := 0
			for _, h := range all[max(0, i+1-of) : i+1] {
				if h {
					n++
				}
			}
			got := d.Judge(hold, of, Ignored)
			if (n >= hold) != (got == Holds) || i+1 >= of && got == Keep {
				r.Fatalf("%d held of the last %d: %d for %d", n, of, got, hold)
			}
			if d.Held(int64(i+2)*10) != holds || i > 0 && d.Held(int64(i+1)*10) != all[i-1] {
				r.Fatal("what held before is wrong")
			}
		}
	})
}

// With datapoints of a length the order of arrival makes no difference to the
// ones that have one sample, and a copy by bytes is the same.
func TestLateSamplesLandInTheirDatapoint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		held := rapid.SliceOfN(rapid.IntRange(0, 2), 1, 40).Draw(r, "datapoints") // 2: none
		late := rapid.SliceOfN(rapid.Bool(), len(held), len(held)).Draw(r, "late")
		held[len(held)-1] &= 1
		var inOrder, mixed Datapoints
		for i, h := range held {
			if h < 2 {
				inOrder.Add(int64(i+1)*minute, minute, h == 1)
			}
			if h < 2 && (i == 0 || !late[i] || i == len(held)-1) {
				mixed.Add(int64(i+1)*minute, minute, h == 1)
			}
		}
		for i, h := range held {
			if h < 2 && late[i] && i > 0 && i < len(held)-1 {
				mixed.AddLate(int64(i+1)*minute, minute, h == 1)
			}
		}
		again, rest, err := ReadDatapoints(mixed.Append(nil))
		if err != nil || len(rest) > 0 || again != mixed {
			r.Fatalf("%+v, read again %+v: %v", mixed, again, err)
		}
		for of := 1; of <= 10; of++ {
			for hold := 1; hold <= of; hold++ {
				for m := Missed; m <= Good; m++ {
					if a, b := inOrder.Judge(hold, of, m), again.Judge(hold, of, m); a != b {
						r.Fatalf("%d of %d, %d: in order %d, late %d", hold, of, m, a, b)
					}
				}
			}
		}
	})
}
