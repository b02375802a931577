package message

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// Who said no, and why, is one line.
func TestRejectedSaysWhoOnce(t *testing.T) {
	t.Parallel()
	by := &eventv1.Actor{Backend: "slack", Person: &eventv1.Person{Id: "U2", Name: "bob"}}
	f := func(result, want string) {
		t.Helper()
		data, err := proto.Marshal(&eventv1.RunChanged{RunId: "r", Version: 2, State: eventv1.RunState_RUN_STATE_REJECTED, DecidedBy: by, Result: result})
		if err != nil {
			t.Fatal(err)
		}
		run := &record.Run{ID: "r", Action: "gc", Change: data, Version: 2}
		got := fmt.Sprint(Run(record.New("i"), run, View{}).Parts)
		if strings.Count(got, "bob") != 1 || !strings.Contains(got, want) || strings.Contains(got, "said no") {
			t.Errorf("%q: %s", result, got)
		}
	}
	f("bob said no", "rejected by")
	f("bob said no: not during the sale", ": not during the sale")
}
