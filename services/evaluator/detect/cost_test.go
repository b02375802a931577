//go:build unix

package detect

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

// spent is the processor time of this process: on a busy machine ns/op is not
// what a sample costs.
func spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkObserve(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	values := make([]float64, 4096)
	for i := range values {
		values[i] = office(r, monday+int64(i)*5*minute)
	}
	d := New(Options{})
	b.ReportAllocs()
	b.ResetTimer()
	began := spent()
	for i := range b.N {
		d.Observe(monday+int64(i)*5*minute, values[i%len(values)], true)
	}
	b.ReportMetric(float64(spent()-began)/float64(b.N), "cpu-ns/op")
	state, _ := d.MarshalBinary()
	b.ReportMetric(float64(len(state)), "B/series")
}
