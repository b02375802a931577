package awstest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/autoscaling"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/awstest"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/ec2"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/ecs"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/elasticache"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/elb"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/lambda"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/pricing"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/rds"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/ssm"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/sts"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/tagging"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// TestCommandLine has the aws command, where it is installed, speak each protocol: a
// client of another language, which checks answers against AWS's own models. One
// call or two of each, because a process costs a second; the SDK's clients are quicker.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("aws")
	if err != nil || testing.Short() {
		t.Skip("the aws command is not installed, or -short")
	}
	_, cfg := awstest.New(t, autoscaling.Register, ec2.Register, ecs.Register, elasticache.Register, elb.Register, lambda.Register,
		pricing.Register, rds.Register, ssm.Register, sts.Register, tagging.Register)
	payload := filepath.Join(t.TempDir(), "payload")
	home := t.TempDir()
	for _, v := range []struct {
		line string // without --endpoint-url; words are separated by blanks
		want string // in what it prints, or in its error
	}{
		{"ec2 describe-instances --filters Name=tag:Name,Values=batch-report --query Reservations[].Instances[].[InstanceId,State.Name,InstanceType] --output text", world.BatchReport + "\trunning\tm5.2xlarge"},
		{"ec2 stop-instances --instance-ids " + world.BatchReport + " --dry-run", "(DryRunOperation)"},
		{"sts assume-role --role-arn arn:aws:iam::444455556666:role/parley-collector --role-session-name me --external-id wrong", "(AccessDenied)"},
		{"resourcegroupstaggingapi get-resources --tag-filters Key=parley:offhours --query length(ResourceTagMappingList)", "3"},
		{"rds describe-db-instances --query DBInstances[].DBInstanceIdentifier --output text", "orders\treports-old\tcatalog-1"},
		{"ecs describe-services --cluster shop --services checkout --query services[0].runningCount", "3"},
		{"lambda invoke --function-name parley-always-fails " + payload + " --query FunctionError", "Unhandled"},
	} {
		words := append(strings.Split(v.line, " "), "--endpoint-url", *cfg.BaseEndpoint, "--region", "eu-west-1")
		cmd := exec.CommandContext(t.Context(), program, words...)
		cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") }),
			"AWS_ACCESS_KEY_ID=AKIASANDBOX", "AWS_SECRET_ACCESS_KEY=secret", "AWS_PAGER=", "AWS_MAX_ATTEMPTS=1",
			"AWS_CONFIG_FILE="+filepath.Join(home, "config"), "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(home, "credentials"))
		out, err := cmd.CombinedOutput()
		if refused := strings.HasPrefix(v.want, "("); refused == (err == nil) || !strings.Contains(string(out), v.want) {
			t.Errorf("aws %s\n%s\nwant %q", v.line, out, v.want)
		}
	}
}
