package waste

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/internal/account"
)

// inWords returns samples in words: the figure, the hour it is of, and its value.
func inWords(samples []batch.Sample, from time.Time) string {
	var out []string
	for _, x := range samples {
		at := time.UnixMilli(x.UnixMS).Sub(from).Hours()
		out = append(out, fmt.Sprintf("%s@%g=%g", x.Series.Name[strings.LastIndex(x.Series.Name, ".")+1:], at, x.Value))
	}
	return strings.Join(out, " ")
}

func TestTheHoursOfAFindAreSaidOnceEach(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	s := newSaid(account.Account{ID: "1"}, "eu-west-1", time.Hour)
	find := func(waste bool, hours ...float64) Judgement {
		return Judgement{Kind: IdleDatabase, Resource: "db", Waste: waste, For: time.Duration(len(hours)) * time.Hour, Hourly: map[string]Hours{"connections": {From: from, Values: hours}}}
	}
	f := func(want string, j ...Judgement) {
		t.Helper()
		at := from
		if len(j) > 0 {
			at = from.Add(time.Duration(len(j[0].Hourly["connections"].Values)) * time.Hour)
		}
		if got := inWords(s.samples(j, at, true), from); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	nan := math.NaN()
	f("hours@1=0", find(false, 7)) // of what is no find nothing more is said
	f("connections@0=7 connections@2=0 hours@3=3", find(true, 7, nan, 0))
	f("connections@3=0 hours@4=4", find(true, 7, nan, 0, 0))
	f("hours@4=4", find(true, 7, nan, 0, 0))
	f("hours@5=0 connections@4=9", find(false, 7, nan, 0, 0, 9)) // what ended it
	f("hours@6=0", find(false, 7, nan, 0, 0, 9, 9))
	f("connections@0=7 connections@2=0 connections@3=0 connections@4=9 hours@5=5", find(true, 7, nan, 0, 0, 9)) // anew, all that is known
	f("hours@0=0")                                                                                              // it was deleted
	if len(s.hourly)+len(s.last) != 0 {
		t.Errorf("%d and %d are remembered of what is gone", len(s.hourly), len(s.last))
	}
}

func TestFiguresByTheHour(t *testing.T) {
	t.Parallel()
	l := Load{BytesIn: NewHours(time.Unix(0, 0), 60), BytesOut: NewHours(time.Unix(0, 0), 60)}
	for i := range 60 {
		if i < 30 || i >= 36 {
			l.BytesIn.Values[i], l.BytesOut.Values[i] = 1e6, 2e6
		}
	}
	r := Defaults()
	got := r.networkByDay(l).Values
	for hour, want := range map[int]float64{0: math.NaN(), 22: math.NaN(), 23: 72, 29: 72, 33: 60, 35: math.NaN(), 54: math.NaN(), 55: 60, 59: 72} {
		if math.IsNaN(want) != math.IsNaN(got[hour]) || !math.IsNaN(want) && got[hour] != want {
			t.Errorf("hour %d: %v MB in a day, want %v", hour, got[hour], want)
		}
	}
	if got := l.BytesIn.counted().Values; got[29] != 1e6 || got[30] != 0 {
		t.Errorf("counted %v", got)
	}
	if got := r.limitCPU("r5.4xlarge", "r5.xlarge", ListPrices()); got != 22.5 {
		t.Errorf("the smaller type takes %v %% of the larger one", got)
	}
}
