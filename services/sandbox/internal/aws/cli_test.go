package aws

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// commands are the aws commands of this machine: that of the path, and Debian's.
func commands(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, name := range []string{"aws", "/usr/bin/aws"} {
		if path, err := exec.LookPath(name); err == nil && !slices.Contains(found, path) {
			found = append(found, path)
		}
	}
	if len(found) == 0 {
		t.Skip("the aws command is not here (apt-get install awscli): left out")
	}
	return found
}

// TestCommand speaks to the account with clients that are not the SDK's: the aws
// command in its old form (2.9: Query) and its new one (1.45: JSON). What is read,
// written and refused once each, because a process costs a second.
func TestCommand(t *testing.T) {
	t.Parallel()
	paths := commands(t)
	version := regexp.MustCompile(`^aws-cli/(\d+)\.(\d+)`)
	for _, path := range paths {
		out, err := exec.CommandContext(t.Context(), path, "--version").CombinedOutput()
		v := version.FindStringSubmatch(string(out))
		if err != nil || v == nil {
			t.Logf("%s does not run: %v %s", path, err, out)
			continue
		}
		t.Run(v[0][8:], func(t *testing.T) {
			t.Parallel()
			a, url := serve(t, frozen(noon))
			stop(t, a, noon)
			protocol := useCommand(t, path, url)
			if v[1] == "2" && len(v[2]) == 1 && protocol != "query" { // 2.9 and before know nothing newer
				t.Errorf("%s spoke %s", out, protocol)
			}
			t.Logf("%s speaks %s", strings.TrimSpace(string(out)), protocol)
		})
	}
}

// useCommand runs each operation, and returns which protocol the command spoke.
func useCommand(t *testing.T, path, url string) string {
	t.Helper()
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") })
	env = append(env, "AWS_ACCESS_KEY_ID=AKIATEST", "AWS_SECRET_ACCESS_KEY=secret", "AWS_DEFAULT_REGION=eu-west-1", "AWS_PAGER=",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null")
	const dimension, hour = "Name=InstanceId,Value=" + report, "--start-time 2026-11-16T11:00:00Z --end-time 2026-11-16T11:30:00Z"
	for _, c := range []struct{ args, want string }{
		{"cloudwatch list-metrics --namespace AWS/EC2 --metric-name CPUUtilization --dimensions " + dimension + " --query Metrics[].Dimensions[].Value", report},
		{"cloudwatch get-metric-data " + hour + ` --metric-data-queries [{"Id":"m","MetricStat":{"Metric":{"Namespace":"AWS/EC2","MetricName":"CPUUtilization","Dimensions":[{"Name":"InstanceId","Value":"` + report + `"}]},"Period":300,"Stat":"p90"},"ReturnData":false},{"Id":"e","Expression":"m*0+7.5"}] --query MetricDataResults[].[Id,StatusCode,Values]`, "e Complete 7.5 7.5 7.5 7.5 7.5 7.5"},
		{"cloudwatch put-metric-data --namespace Shop --metric-name Orders --value 5", ""},
		{"cloudwatch get-metric-statistics --namespace a --metric-name b --period 60 --statistics Sum --start-time 2026-11-01T00:00:00Z --end-time 2026-11-16T00:00:00Z", "You have requested up to 21600 datapoints, which exceeds the limit of 1440."},
	} {
		args := append([]string{"--endpoint-url", url, "--output", "text"}, strings.Fields(c.args)...)
		cmd := exec.CommandContext(t.Context(), path, args...)
		cmd.Env = env
		out, err := cmd.CombinedOutput()
		refused := strings.HasPrefix(c.want, "You have")
		if got := strings.Join(strings.Fields(string(out)), " "); (err != nil) != refused || !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("aws %s: %v\n%s\nwant %s", c.args, err, out, c.want)
		}
	}
	var log struct{ Calls []call }
	drive(t, "GET", url+"/sandbox/aws/calls", "", &log)
	if len(log.Calls) == 0 || log.Calls[0].Account != world.Home {
		t.Fatalf("no calls: %+v", log)
	}
	return log.Calls[0].Protocol
}
