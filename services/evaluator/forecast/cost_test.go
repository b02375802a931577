//go:build unix

package forecast

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

func BenchmarkForecaster(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	f := New(Options{})
	b.ReportAllocs()
	began := spent()
	for i := range b.N {
		f.Observe(int64(i)*hour/12, office(r, i/12, 5), true) // every five minutes
	}
	b.ReportMetric(float64(spent()-began)/float64(b.N), "cpu-ns/op")
	state, _ := f.MarshalBinary()
	b.ReportMetric(float64(len(state)), "B/series")
}
