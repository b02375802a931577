package series

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func fill(k *Key, team, name string, labels ...string) *Key {
	k.Start(team, nil)
	for i := 0; i < len(labels); i += 2 {
		k.Label([]byte(labels[i]), []byte(labels[i+1]))
	}
	k.Name([]byte(name))
	return k
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	c := NewCache(100)
	var k Key
	get := func(team, name string, labels ...string) *Series {
		t.Helper()
		s, err := c.Get(fill(&k, team, name, labels...))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	a := get("demo", "m", "x", "1", "b", "2")
	if got := a.Labels.String(); got != `{b="2", team="demo", x="1"}` {
		t.Errorf("labels %s", got)
	}
	if again := get("demo", "m", "x", "1", "b", "2"); again != a {
		t.Error("the same key is another series")
	}
	if other := get("demo", "m", "b", "2", "x", "1"); other.ID != a.ID || other.Partition != a.Partition {
		t.Error("another order of labels is another series")
	}
	if m := get("demo", "n", "x", "1", "b", "2"); m.ID == a.ID || m.Partition != a.Partition {
		t.Error("another metric of the resource has to be another series of the same partition")
	}
	if m := get("other", "m", "x", "1", "b", "2"); m.ID == a.ID {
		t.Error("another team's is the same series")
	}
	if m := get("demo", "m", "team", "other", "x", "1", "b", "2", "empty", ""); m.ID != a.ID {
		t.Error("a publisher chose its team, or an empty label counts")
	}
	// Parts cut differently are different keys.
	if x, y := get("demo", "m", "ab", "c"), get("demo", "m", "a", "bc"); x.ID == y.ID {
		t.Error("ab=c is a=bc")
	}
	// Only the name changes.
	fill(&k, "demo", "m", "x", "1")
	k.Name([]byte("other"))
	if s, err := c.Get(&k); err != nil || s.Name != "other" || s.Labels.Get("x") != "1" {
		t.Errorf("%v %v", s, err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := NewCache(100)
	var k Key
	hot, err := c.Get(fill(&k, "demo", "hot"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5000 {
		if _, err := c.Get(fill(&k, "demo", "m", "n", fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
		if n := c.Len(); n > 200 {
			t.Fatalf("%d series are remembered, want at most 200", n)
		}
		if i%50 == 0 {
			if s, _ := c.Get(fill(&k, "demo", "hot")); s != hot {
				t.Fatal("one that is used was forgotten")
			}
		}
	}
	if _, err := c.Get(fill(&k, "demo", strings.Repeat("x", 201))); err == nil {
		t.Error("want an error")
	}
}

func TestCacheTogether(t *testing.T) {
	t.Parallel()
	c := NewCache(50)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var k Key
			for i := range 2000 {
				if s, err := c.Get(fill(&k, "demo", "m", "n", fmt.Sprint(i%120))); err != nil || s.Labels.Get("n") != fmt.Sprint(i%120) {
					t.Error(s, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestDue(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	for i := range 100 {
		var k Key
		s, err := NewCache(1).Get(fill(&k, "demo", "m", "n", fmt.Sprint(i)))
		if err != nil {
			t.Fatal(err)
		}
		if !s.Due(now) || s.Due(now) || s.Due(now.Add(7*time.Minute)) || !s.Due(now.Add(10*time.Minute)) {
			t.Errorf("series %d: introduced at the wrong time", i)
		}
	}
}
