package jvmgc

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// request is one element of a bulk request.
type request struct {
	Type      string `json:"type"`
	MBean     string `json:"mbean"`
	Attribute string `json:"attribute,omitempty"`
	Operation string `json:"operation,omitempty"`
}

func encode(bulk []request) []byte {
	b, err := json.Marshal(bulk)
	if err != nil {
		panic(err) // strings alone: cannot fail
	}
	return b
}

// element is one element of a bulk answer. Jolokia answers HTTP 200 whatever
// happened; each element has a status of its own.
type element struct {
	Status int             `json:"status"`
	Error  string          `json:"error"`
	Value  json.RawMessage `json:"value"`
}

func (e element) err(what string) error {
	if e.Status == 200 {
		return nil
	}
	said := strings.TrimSpace(e.Error)
	if i := strings.IndexByte(said, '\n'); i >= 0 {
		said = said[:i]
	}
	if r := []rune(said); len(r) > 200 {
		said = string(r[:200]) + "…"
	}
	if e.Status == 403 {
		return fmt.Errorf("Jolokia's policy does not allow to %s (status 403)", what)
	}
	return fmt.Errorf("Jolokia could not %s (status %d): %s", what, e.Status, said)
}

// state is what is read of a JVM.
type state struct {
	// heap is the share of the heap in use, in percent of its maximum.
	heap float64
	// collections is how many there were since the JVM began.
	collections int64
	// ignores: the JVM runs with -XX:+DisableExplicitGC.
	ignores bool
}

var errNoJolokia = errors.New("the answer is not Jolokia's")

// parseState reads the answer to the three reads of look.
func parseState(body []byte) (state, error) {
	list, err := parseBulk(body, 3)
	if err != nil {
		return state{}, err
	}
	memory, collectors, arguments := list[0], list[1], list[2]
	if err := errors.Join(memory.err("read the heap"), collectors.err("read the collections")); err != nil {
		return state{}, err
	}
	var s state
	var heap struct{ Used, Committed, Max int64 }
	if err := json.Unmarshal(memory.Value, &heap); err != nil {
		return state{}, errNoJolokia
	}
	if heap.Max <= 0 { // undefined; see java.lang.management.MemoryUsage
		heap.Max = heap.Committed
	}
	if heap.Max <= 0 || heap.Used < 0 {
		return state{}, errors.New("the JVM does not tell the size of its heap")
	}
	s.heap = 100 * float64(heap.Used) / float64(heap.Max)
	var counts map[string]struct{ CollectionCount *int64 }
	if err := json.Unmarshal(collectors.Value, &counts); err != nil || len(counts) == 0 {
		return state{}, errNoJolokia
	}
	for _, c := range counts {
		if c.CollectionCount != nil && *c.CollectionCount > 0 && s.collections <= math.MaxInt64-*c.CollectionCount {
			s.collections += *c.CollectionCount
		}
	}
	var args []string
	if arguments.Status == 200 && json.Unmarshal(arguments.Value, &args) == nil {
		s.ignores = slices.Contains(args, "-XX:+DisableExplicitGC")
	}
	return s, nil
}

// parseExec reads the answer to the one exec.
func parseExec(body []byte) error {
	list, err := parseBulk(body, 1)
	if err != nil {
		return err
	}
	return list[0].err("collect")
}

func parseBulk(body []byte, n int) ([]element, error) {
	var list []element
	if err := json.Unmarshal(body, &list); err != nil {
		var one element
		if json.Unmarshal(body, &one) == nil && one.Status != 0 && one.Status != 200 {
			return nil, one.err("answer")
		}
		return nil, errNoJolokia
	}
	if len(list) != n {
		return nil, errNoJolokia
	}
	return list, nil
}
