package main

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/ctl/internal/doctor"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/account"
)

// showDoctor writes what was found: a line for each region and purpose, and
// more for what is wrong.
func showDoctor(s *screen.Screen, v doctorView, list []account.Account) {
	if v.Sandbox != "" {
		s.Line("The accounts are the sandbox's, at " + v.Sandbox + "; for your own, see deploy/aws/README.md.")
	}
	s.Line("Checked for " + count(v.Metrics, "metric") + " of " + v.From + " and " + count(v.Actions, "declared action") + ".")
	for _, a := range list {
		s.Line("")
		s.Line(s.Paint(screen.Bold, a.String()))
		if a.ActionRole == "" {
			s.Line("  it has no role for acting: nothing is done in this account")
		}
		for _, region := range a.Regions {
			for _, purpose := range []account.Purpose{account.Read, account.Act} {
				showRegion(s, v.Findings, a, region, purpose.String())
			}
		}
	}
	s.Line("")
	if v.Healthy {
		s.Line(s.Paint(screen.Green, "Nothing is missing."))
		return
	}
	s.Line(s.Paint(screen.Red, "Something is missing.") + " The smallest policies that do: parley aws doctor --policy")
}

func showRegion(s *screen.Screen, all []doctor.Finding, a account.Account, region, purpose string) {
	var these []doctor.Finding
	for _, f := range all {
		if f.Account == a.ID && f.Region == region && f.Purpose == purpose {
			these = append(these, f)
		}
	}
	if len(these) == 0 {
		return
	}
	head := "  " + region + ", " + word(purpose == "act", "acting", "reading") + ": "
	if these[0].State == doctor.Failed {
		s.Line(head + s.Paint(screen.Red, "failed"))
		s.Line("    " + these[0].Text)
		return
	}
	number := map[doctor.State]int{}
	for _, f := range these[1:] {
		number[f.State]++
	}
	text := count(number[doctor.Allowed], "permission") + " there"
	for _, more := range []struct {
		state doctor.State
		words string
	}{{doctor.Missing, "missing"}, {doctor.Unknown, "not known"}, {doctor.Untried, "not tried"}} {
		if n := number[more.state]; n > 0 {
			text += ", " + s.Paint(word(more.state == doctor.Missing, screen.Red, screen.Plain), count(n, more.words, more.words))
		}
	}
	s.Line(head + text + " (as " + cmp.Or(these[0].Text, "somebody") + ")")
	for _, f := range these[1:] {
		switch f.State {
		case doctor.Missing:
			s.Line("    " + s.Paint(screen.Red, "missing ") + f.Permission + ", for " + doctor.Words(f.For))
			s.Line("      " + s.Paint(screen.Dim, "→ ") + f.Text)
		case doctor.Unknown:
			s.Line("    not known " + f.Permission + ", for " + doctor.Words(f.For) + ": " + f.Text)
		}
	}
	for _, why := range slices.Compact(slices.Sorted(reasons(these[1:]))) {
		var permissions []string
		for _, f := range these[1:] {
			if f.State == doctor.Untried && f.Text == why {
				permissions = append(permissions, f.Permission)
			}
		}
		s.Line("    not tried " + strings.Join(permissions, ", ") + ": " + why)
	}
}

// reasons returns why some were not tried.
func reasons(found []doctor.Finding) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range found {
			if f.State == doctor.Untried && !yield(f.Text) {
				return
			}
		}
	}
}
