package target

import (
	"errors"
	"testing"

	"github.com/parley-ops/parley/services/internal/account"
)

func TestWordsOfSeveralErrors(t *testing.T) {
	t.Parallel()
	a := account.Account{ID: "111122223333", Name: "shop"}
	explained := func(op, what string) error {
		return &account.Error{Account: a, Region: "eu-west-1", Operation: op, What: what, Fix: "sign in again", Err: errors.New("x")}
	}
	f := func(err error, want string) {
		t.Helper()
		if got := words(err); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	f(errors.New("plain"), "plain")
	f(explained("ec2:DescribeInstances", "expired"), "AWS account shop (111122223333), eu-west-1, ec2:DescribeInstances: expired; sign in again")
	f(errors.Join(explained("ec2:DescribeInstances", "expired"), explained("ec2:DescribeVolumes", "expired"), explained("ec2:DescribeVolumes", "expired")),
		"AWS account shop (111122223333), eu-west-1, ec2:DescribeInstances, ec2:DescribeVolumes: expired; sign in again")
	f(errors.Join(explained("a:B", "expired"), errors.Join(explained("a:C", "denied"), errors.New("plain"))),
		"plain\nAWS account shop (111122223333), eu-west-1, a:B: expired; sign in again\nAWS account shop (111122223333), eu-west-1, a:C: denied; sign in again")
}
