// Package wait waits as long as told, or until a context ends:
//
//	var pause wait.Pause
//	for try() != nil {
//		if err := pause.Wait(ctx); err != nil {
//			return err
//		}
//	}
//
// No goroutine is started and no timer is left. [For] may be called by any
// number of goroutines; a [Pause] belongs to one.
package wait
