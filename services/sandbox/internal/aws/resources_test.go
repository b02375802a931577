package aws

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

func TestResources(t *testing.T) {
	t.Parallel()
	_, url := serve(t, nil)
	get := func(query string) (out struct{ Places []inventory }) {
		t.Helper()
		answer, err := http.Get(url + "/sandbox/aws/resources" + query)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		if err := json.NewDecoder(answer.Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if n := len(get("").Places); n != 3 {
		t.Errorf("%d places", n)
	}
	one := get("?account=111122223333&region=eu-west-1").Places
	if len(one) != 1 {
		t.Fatal(one)
	}
	for _, r := range one[0].Resources {
		if r.ID == world.BatchReport {
			if r.State != "running" || r.Type != "ec2:instance" || r.Tags["Name"] != "batch-report" {
				t.Errorf("%+v", r)
			}
			return
		}
	}
	t.Error("batch-report is not there")
}
