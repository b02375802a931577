package seriesfile

import (
	"fmt"
	"strings"
	"testing"
)

func TestLabelled(t *testing.T) {
	t.Parallel()
	f := func(text, want string) {
		t.Helper()
		var b strings.Builder
		err := Labelled(strings.NewReader(text), func(s Sample) error {
			fmt.Fprintf(&b, "%d %s%s %g %s;", s.Millis, s.Metric, s.Labels, s.Value, s.Unit)
			return nil
		})
		if err != nil {
			b.WriteString(err.Error())
		}
		if b.String() != want {
			t.Errorf("%q: got %q, want %q", text, b.String(), want)
		}
	}
	f("time,metric,host,env,value\n1970-01-01T00:00:01.000Z,cpu,a,,2\n2,cpu,b,prod,3\n", `1000 cpu{host="a"} 2 ;2000 cpu{env="prod", host="b"} 3 ;`)
	f("\ufeffvalue,name,timestamp,unit\n1.5,disk,3,%\n,disk,4,%\n", `3000 disk{} 1.5 %;`)
	f("", "empty: the first line names the columns: time,metric,value and labels")
	f("time,value\n1,2\n", "line 1: the columns are time, value; want time, metric and value among them")
	f("time,metric,value\nsoon,cpu,1\n", `line 2: time "soon": want 2006-01-02 15:04:05, RFC 3339, or seconds or milliseconds since 1970`)
	f("time,metric,value\n1,,1\n", "line 2: no metric")
	f("time,metric,value\n1,cpu\n", "record on line 2: wrong number of fields")
}

// Whatever is read, Labelled answers, and what it gives can be used.
func FuzzLabelled(f *testing.F) {
	f.Add("time,metric,host,value\n1,cpu,a,2\n")
	f.Add("time,metric,\"a\"\"b\",value\n2026-01-02,cpu,\"x\ny\",1e3\n")
	f.Fuzz(func(t *testing.T, text string) {
		_ = Labelled(strings.NewReader(text), func(s Sample) error {
			if s.Metric == "" || s.Value != s.Value || s.Line < 2 {
				t.Errorf("%+v", s)
			}
			return nil
		})
	})
}
