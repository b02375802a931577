// Package bustest gives tests a real JetStream with the real users and
// permissions, inside testing/synctest bubbles too:
//
//	func TestMain(m *testing.M) { bustest.Main(m) }
//
//	func TestX(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) {
//			b := bustest.New(t)
//			evaluator := b.Conn("evaluator")
//			…
//			time.Sleep(10 * time.Minute) // costs nothing
//		})
//	}
//
// Everything a test starts must end before its bubble does; New sees to the
// server and to the connections it gave out. In a bubble HTTP needs a
// RoundTripper, not a socket.
package bustest
