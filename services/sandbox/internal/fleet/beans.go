package fleet

import (
	"fmt"
	"slices"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/jolokia"
)

// Beans returns the MBean server of an application, if it is a JVM that is up.
func (w *World) Beans(name string) (jolokia.Beans, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.find(name)
	if err != nil {
		return nil, false
	}
	jvm, ok := a.(*checkout)
	if !ok || !jvm.up() {
		return nil, false
	}
	return &beans{world: w, jvm: jvm}, true
}

// beans are checkout's MBeans.
type beans struct {
	world *World
	jvm   *checkout
}

const (
	memory     = "java.lang:type=Memory"
	youngGen   = "java.lang:name=G1 Young Generation,type=GarbageCollector"
	oldGen     = "java.lang:name=G1 Old Generation,type=GarbageCollector"
	diagnostic = "com.sun.management:type=DiagnosticCommand"
	runtimeMX  = "java.lang:type=Runtime"
	threading  = "java.lang:type=Threading"
)

func (b *beans) Names() []string {
	return []string{memory, youngGen, oldGen, diagnostic, runtimeMX, threading}
}

func (b *beans) Read(name string) (map[string]any, bool) {
	b.world.mu.Lock()
	defer b.world.mu.Unlock()
	c := b.jvm
	used := int64(c.heap() / 100 * heapMax)
	switch name {
	case memory:
		return map[string]any{
			"HeapMemoryUsage":                map[string]any{"init": int64(256 << 20), "used": used, "committed": int64(heapMax), "max": int64(heapMax)},
			"NonHeapMemoryUsage":             map[string]any{"init": int64(7667712), "used": int64(88 << 20), "committed": int64(92 << 20), "max": int64(-1)},
			"ObjectPendingFinalizationCount": 0, "Verbose": false,
		}, true
	case youngGen:
		return collector("G1 Young Generation", c.youngGCs, 9), true
	case oldGen:
		return collector("G1 Old Generation", c.oldGCs, 210), true
	case diagnostic:
		return map[string]any{}, true
	case runtimeMX:
		arguments := []string{"-Xmx1g", "-XX:+UseG1GC"}
		if c.ignore {
			arguments = append(arguments, "-XX:+DisableExplicitGC")
		}
		return map[string]any{
			"Name": "4711@checkout-1", "Pid": 4711, "VmName": "OpenJDK 64-Bit Server VM", "VmVendor": "Eclipse Adoptium",
			"SpecVersion": "21", "Uptime": c.uptime.Milliseconds(), "StartTime": time.Now().Add(-c.uptime).UnixMilli(),
			"InputArguments": arguments,
		}, true
	case threading:
		return map[string]any{"ThreadCount": 64, "PeakThreadCount": 81, "DaemonThreadCount": 30}, true
	}
	return nil, false
}

func collector(name string, count, milliseconds int) map[string]any {
	return map[string]any{"Name": name, "Valid": true, "CollectionCount": count, "CollectionTime": count * milliseconds}
}

func (b *beans) Exec(name, operation string, _ []any) (any, error) {
	b.world.mu.Lock()
	defer b.world.mu.Unlock()
	c := b.jvm
	switch {
	case name == memory && operation == "gc":
		b.world.count("checkout", "jolokia-gc")
		c.collect()
		return nil, nil
	case name == diagnostic && operation == "gcRun":
		b.world.count("checkout", "jolokia-gc")
		c.collect()
		return "", nil
	case name == diagnostic && operation == "gcClassHistogram":
		return c.histogram(), nil
	case name == diagnostic && operation == "threadPrint":
		return "Full thread dump OpenJDK 64-Bit Server VM\n\n\"http-worker-1\" #31 RUNNABLE\n\tat checkout.Cart.total(Cart.java:88)\n", nil
	}
	return nil, jolokia.ErrNoOperation
}

// histogram is what a person would look at before collecting: one class too many.
func (c *checkout) histogram() string {
	leaked := int64(c.live / 100 * heapMax * 0.7)
	rows := []struct {
		class string
		bytes int64
	}{{"checkout.session.CartSession", leaked}, {"[B", leaked / 5}, {"java.lang.String", leaked / 9}, {"java.util.HashMap$Node", leaked / 14}}
	out := " num     #instances         #bytes  class name\n"
	for i, r := range slices.All(rows) {
		out += fmt.Sprintf("%4d: %14d %14d  %s\n", i+1, r.bytes/96, r.bytes, r.class)
	}
	return out
}
