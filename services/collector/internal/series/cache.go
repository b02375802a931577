package series

import "sync"

// Cache remembers the series that were seen lately, by how they were named.
//
// It is two maps. What is used is in the young one or moves there; when that
// is full it becomes the old one, and what was in the old one and not used
// since is forgotten. So the bound is kept without a list to keep in order.
type Cache struct {
	size int

	mu         sync.Mutex
	young, old map[string]*Series
}

// NewCache returns a cache that is sure to hold the last size series, and
// never more than twice as many.
func NewCache(size int) *Cache {
	return &Cache{size: max(size, 1), young: map[string]*Series{}}
}

// Get returns the series that the key names, or an [Error] that names the
// field which is wrong.
func (c *Cache) Get(k *Key) (*Series, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.young[string(k.buf)]; ok { // no allocation
		return s, nil
	}
	s, ok := c.old[string(k.buf)]
	if ok {
		delete(c.old, string(k.buf))
	} else {
		var err error
		if s, err = k.series(); err != nil {
			return nil, err
		}
	}
	if len(c.young) >= c.size {
		c.old, c.young = c.young, make(map[string]*Series, c.size/4)
	}
	c.young[string(k.buf)] = s
	return s, nil
}

// Len returns how many series are remembered; one that is named in two ways
// counts twice.
func (c *Cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.young) + len(c.old)
}
