package source

import "sync"

// Change is something that a source has learned of a cloud's resource, and that
// another one would find out only later.
type Change struct {
	Account, Region string
	// Instance and its State, as AWS calls it: running.
	Instance, State string
}

// Changes tells the sources of one process of changes. The zero value and nil
// work; what nobody listens to is gone. It is a hint: a source must be right
// without it. Safe for concurrent use.
type Changes struct {
	mu   sync.Mutex
	next int
	to   map[int]func(Change)
}

// Listen calls f, which must not block, with each change from now on, until
// stop is called.
func (c *Changes) Listen(f func(Change)) (stop func()) {
	if c == nil {
		return func() {}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.to == nil {
		c.to = map[int]func(Change){}
	}
	c.next++
	n := c.next
	c.to[n] = f
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.to, n)
	}
}

// Tell tells those who listen.
func (c *Changes) Tell(x Change) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.to {
		f(x)
	}
}
