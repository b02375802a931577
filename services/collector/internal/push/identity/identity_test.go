package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/discover"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/plan"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/target"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/label"
)

// tagging answers tag:GetResources, in pages of one.
type tagging struct {
	mu     sync.Mutex
	tags   [][2]string // ARN and tags in JSON
	broken bool
	calls  int
}

func (f *tagging) RoundTrip(req *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var in struct{ PaginationToken string }
	_ = json.NewDecoder(req.Body).Decode(&in)
	if f.calls++; f.broken {
		return reply(http.StatusBadRequest, `{"__type":"AccessDeniedException","message":"no"}`), nil
	}
	if action := req.Header.Get("X-Amz-Target"); !strings.HasSuffix(action, ".GetResources") {
		return nil, fmt.Errorf("asked for %s", action)
	}
	page, next := 0, ""
	_, _ = fmt.Sscan(in.PaginationToken, &page)
	if page+1 < len(f.tags) {
		next = fmt.Sprint(page + 1)
	}
	one := ""
	if page < len(f.tags) {
		one = fmt.Sprintf(`{"ResourceARN":%q,"Tags":[%s]}`, f.tags[page][0], f.tags[page][1])
	}
	return reply(http.StatusOK, fmt.Sprintf(`{"PaginationToken":%q,"ResourceTagMappingList":[%s]}`, next, one)), nil
}

func reply(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}, Body: io.NopCloser(strings.NewReader(body))}
}

func (f *tagging) set(accounts ...account.Account) *account.Set {
	return account.New(account.Config{SandboxURL: "http://aws.test", Transport: f}, accounts...)
}

const (
	vm     = "arn:aws:ec2:eu-west-1:111122223333:instance/i-0ba7"
	vmTags = `{"Key":"Name","Value":"batch"},{"Key":"environment","Value":"prod"},{"Key":"owner","Value":"operator"},{"Key":"Cost Center","Value":"7"},{"Key":"other","Value":"x"}`
)

func shop() account.Account {
	return account.Account{ID: "111122223333", Name: "shop", Team: "web", Regions: []string{"eu-west-1"},
		Labels: []string{"Name", "env", "environment", "owner", "Cost Center"}}
}

var instance = Resource{Account: "111122223333", Region: "eu-west-1", Service: "ec2", Dimensions: map[string]string{"InstanceId": "i-0ba7"}}

// one is CloudWatch with one metric.
type one struct{ target.CloudWatch }

func (one) ListMetrics(context.Context, *cloudwatch.ListMetricsInput, ...func(*cloudwatch.Options)) (*cloudwatch.ListMetricsOutput, error) {
	return &cloudwatch.ListMetricsOutput{Metrics: []cwtypes.Metric{{Namespace: aws.String("AWS/EC2"), MetricName: aws.String("CPUUtilization"),
		Dimensions: []cwtypes.Dimension{{Name: aws.String("InstanceId"), Value: aws.String("i-0ba7")}}}}}, nil
}

// What is pushed is the same series as what is polled.
func TestPushedIsAsPolled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &tagging{tags: [][2]string{{"arn:aws:ec2:eu-west-1:111122223333:instance/i-1", `{"Key":"Name","Value":"another"}`}, {vm, vmTags}}}
		set := f.set(shop())
		names := New(set, series.NewCache(10), bustest.Log(t))
		labels, ok := names.Labels(t.Context(), instance)
		if !ok {
			t.Fatal("not watched")
		}
		pushed, err := names.Series("aws.ec2.cpu_utilization", "%", labels)
		if err != nil {
			t.Fatal(err)
		}

		conf, err := set.AWS(t.Context(), shop(), "eu-west-1", account.Read, "")
		if err != nil {
			t.Fatal(err)
		}
		in := plan.Input{Account: shop(), Region: "eu-west-1", Catalog: catalog.Default(), Needs: []plan.Need{{Policy: "p", Metric: "aws.ec2.cpu_utilization"}}}
		scanner := discover.New(discover.Defaults(), catalog.Default())
		wants := plan.Wants(in)
		for i := range wants {
			wants[i].Instances = false
		}
		if _, err := scanner.Refresh(t.Context(), target.New(target.Config{Account: shop(), Region: "eu-west-1", AWS: conf, API: one{}}), wants); err != nil {
			t.Fatal(err)
		}
		in.Inventory = scanner.Inventory()
		p := plan.Make(in)
		if len(p.Queries) != 1 || p.Queries[0].Series == nil {
			t.Fatalf("%+v", p)
		}
		if polled := p.Queries[0].Series; polled.ID != pushed.ID || polled.Partition != pushed.Partition || polled.Unit != pushed.Unit {
			t.Errorf("polled %s%s, pushed %s%s", polled.Name, polled.Labels, pushed.Name, pushed.Labels)
		}
		if labels.Get("name") != "batch" || labels.Get("env") != "prod" || labels.Get("cost_center") != "7" || labels.Get("other") != "" || labels.Get("team") != "web" {
			t.Errorf("labels %s", labels)
		}
	})
}

// Tags are read once an hour; what was known stays when they cannot be.
func TestTagsAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &tagging{tags: [][2]string{{vm, vmTags}}}
		names := New(f.set(shop()), series.NewCache(10), bustest.Log(t))
		want := func(calls int, name string) {
			t.Helper()
			var wg sync.WaitGroup
			for range 5 {
				wg.Go(func() {
					if labels, _ := names.Labels(t.Context(), instance); labels.Get("name") != name {
						t.Errorf("labels %s, want the name %q", labels, name)
					}
				})
			}
			wg.Wait()
			if f.calls != calls {
				t.Errorf("%d calls, want %d", f.calls, calls)
			}
		}
		f.broken = true
		want(1, "")
		time.Sleep(retryAfter - time.Second)
		want(1, "")
		f.broken = false
		time.Sleep(time.Second)
		want(2, "batch")
		time.Sleep(readEvery - time.Second)
		want(2, "batch")
		f.broken = true
		time.Sleep(time.Second)
		want(3, "batch")
		f.broken = false
		f.tags[0][1] = `{"Key":"Name","Value":"renamed"}`
		time.Sleep(retryAfter)
		want(4, "renamed")
	})
}

// Who is not configured has his id for a name, and no tags; who has matchers is
// watched in part.
func TestAccounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &tagging{tags: [][2]string{{vm, vmTags}}}
		choosy := shop()
		choosy.Tags = map[string]string{"environment": "prod"}
		names := New(f.set(choosy), series.NewCache(10), bustest.Log(t))
		other := instance
		other.Account = "999988887777"
		labels, ok := names.Labels(t.Context(), other, label.Label{Name: "account", Value: "not to be chosen"}, label.Label{Name: "x", Value: "1"})
		if want := `{account="999988887777", account_name="999988887777", instance_id="i-0ba7", region="eu-west-1", team="infra", x="1"}`; !ok || labels.String() != want {
			t.Errorf("got %s, want %s", labels, want)
		}
		if _, ok := names.Labels(t.Context(), instance); !ok {
			t.Error("what the tags choose is not watched")
		}
		other = instance
		other.Dimensions = map[string]string{"InstanceId": "i-untagged"}
		if _, ok := names.Labels(t.Context(), other); ok {
			t.Error("what the tags do not choose is watched")
		}
		_, err := names.Series("aws.x", "", label.New(label.Label{Name: "team", Value: "infra"}, label.Label{Name: "x", Value: strings.Repeat("x", 2000)}))
		var wrong *series.Error
		if !errors.As(err, &wrong) {
			t.Errorf("got %v", err)
		}
	})
}
