package incident

import "cmp"

// deadline is when a group or a series has to be looked at.
type deadline struct {
	at    int64
	key   uint64 // of the group, or id of the series
	group bool
}

func (d deadline) compare(e deadline) int {
	side := func(g bool) int {
		if g {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(d.at, e.at), cmp.Compare(side(d.group), side(e.group)), cmp.Compare(d.key, e.key))
}

// deadlines is a heap. Its order does not depend on that of insertion, so that
// a restored state meets its deadlines as the one before would have.
type deadlines []deadline

func (h *deadlines) push(d deadline) {
	*h = append(*h, d)
	q := *h
	for i := len(q) - 1; i > 0; {
		up := (i - 1) / 2
		if q[up].compare(q[i]) <= 0 {
			break
		}
		q[up], q[i] = q[i], q[up]
		i = up
	}
}

// pop takes the first one if it is due at t.
func (h *deadlines) pop(t int64) (deadline, bool) {
	if len(*h) == 0 || (*h)[0].at > t {
		return deadline{}, false
	}
	d := (*h)[0]
	h.drop()
	return d, true
}

// drop takes the first one away.
func (h *deadlines) drop() {
	q := *h
	last := len(q) - 1
	q[0] = q[last]
	q = q[:last]
	for i := 0; ; {
		c := 2*i + 1
		if c >= last {
			break
		}
		if c+1 < last && q[c+1].compare(q[c]) < 0 {
			c++
		}
		if q[i].compare(q[c]) <= 0 {
			break
		}
		q[i], q[c] = q[c], q[i]
		i = c
	}
	*h = q
}
