package lasting

import (
	"strings"
	"testing"
	"time"
)

func TestOf(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	f := func(asked time.Duration, resolved bool, want Lasting, wrong string) {
		t.Helper()
		got, err := Of(asked, resolved)
		if got != want || (err != nil) != (wrong != "") || err != nil && !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s, %t: %+v, %v", asked, resolved, got, err)
		}
	}
	f(0, false, Lasting{day, true}, "")
	f(0, true, Lasting{7 * day, true}, "")
	f(2*time.Hour, false, Lasting{2 * time.Hour, false}, "")
	f(day, true, Lasting{day, true}, "")
	f(90*day, false, Lasting{90 * day, false}, "")
	f(91*day, false, Lasting{}, "from 1m to 90d")
	f(time.Second, false, Lasting{}, "from 1m to 90d")
	f(-time.Hour, true, Lasting{}, "from 1m to 90d")
	f(8*day, true, Lasting{}, "7d at most")
}
