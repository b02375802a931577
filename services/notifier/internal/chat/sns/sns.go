package sns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Backend publishes to topics.
type Backend struct {
	name   string
	cfg    Config
	caller *api.Caller

	mu    sync.Mutex
	creds aws.CredentialsProvider
}

var _ chat.Teller = (*Backend)(nil)

// New returns the backend; it does not connect yet.
func New(c Config, d chat.Deps) (chat.Backend, error) {
	b, err := open(c, d)
	if err != nil {
		return nil, err
	}
	return chat.ByTelling(b), nil
}

func open(c Config, d chat.Deps) (*Backend, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	b := &Backend{name: cmp.Or(d.Name, "sns"), cfg: c, caller: api.New(d.HTTP, c.SecretKey.Reveal())}
	if c.AccessKey != "" {
		b.creds = credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey.Reveal(), "")
	}
	return b, nil
}

// Name returns the backend's name.
func (b *Backend) Name() string { return b.name }

// Channel implements chat.Teller.
func (b *Backend) Channel(_ context.Context, name string) (string, error) {
	return b.cfg.Channels.ID(name)
}

// Lists implements chat.Lister.
func (b *Backend) Lists() []string { return b.cfg.Channels.Names() }

// Tell implements chat.Teller.
func (b *Backend) Tell(ctx context.Context, t chat.Told) error {
	arn, err := b.cfg.Channels.Get(t.ChannelID)
	if err != nil {
		return err
	}
	if t.Event == chat.Pictured {
		return nil // no pictures there
	}
	ctx, cancel := context.WithTimeout(ctx, api.Timeout)
	defer cancel()
	creds, err := b.credentials(ctx)
	if err != nil {
		return err
	}
	in, err := publication(t, b.name, arn)
	if err != nil {
		return err
	}
	o := sns.Options{Region: region(arn), Credentials: creds, HTTPClient: b.caller.Client(), Retryer: aws.NopRetryer{}}
	if b.cfg.Endpoint != "" {
		o.BaseEndpoint = aws.String(b.cfg.Endpoint)
	}
	_, err = sns.New(o).Publish(ctx, in)
	return b.fault(err)
}

// credentials asks AWS's usual chain, once it is needed.
func (b *Backend) credentials(ctx context.Context) (aws.CredentialsProvider, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.creds == nil {
		c, err := config.LoadDefaultConfig(ctx)
		if err != nil {
			return nil, fmt.Errorf("AWS credentials: %w", b.caller.Scrubbed(err.Error(), chat.ErrSetup))
		}
		b.creds = c.Credentials
	}
	return b.creds, nil
}

// again is when to come back after a throttle that does not say.
const again = 2 * time.Second

// fault translates an error of the SDK.
func (b *Backend) fault(err error) error {
	if err == nil {
		return nil
	}
	var coded smithy.APIError
	var answer *awshttp.ResponseError
	if !errors.As(err, &answer) || answer.Response == nil || answer.HTTPStatusCode() == 0 {
		var op *net.OpError
		if errors.As(err, &op) {
			return fmt.Errorf("publish: %w", b.caller.Fault(op))
		}
		if strings.Contains(err.Error(), "get credentials") || strings.Contains(err.Error(), "get identity") {
			return fmt.Errorf("publish: no AWS credentials; set access_key, or AWS's usual environment: %w", chat.ErrSetup)
		}
		return fmt.Errorf("publish: %w", b.caller.Fault(err))
	}
	status, header := answer.HTTPStatusCode(), answer.Response.Header
	text, kind := "", error(nil)
	if errors.As(err, &coded) {
		text = coded.ErrorCode() + ": " + coded.ErrorMessage()
		switch code := coded.ErrorCode(); {
		case strings.HasPrefix(code, "Throttl"), strings.HasPrefix(code, "KMSThrottl"), code == "RequestLimitExceeded":
			after := again
			if header.Get("Retry-After") != "" {
				after = api.RetryAfter(header, time.Now())
			}
			return fmt.Errorf("publish: %w", &chat.RateLimited{After: after})
		case code == "NotFound":
			kind = chat.ErrNoChannel
		case strings.HasPrefix(code, "KMS"), code == "AuthorizationError", code == "InvalidClientTokenId", code == "SignatureDoesNotMatch", code == "ExpiredToken", code == "InvalidSecurity":
			kind = chat.ErrSetup
		}
	}
	if kind != nil {
		return fmt.Errorf("publish: %w", b.caller.Scrubbed(text, kind))
	}
	return fmt.Errorf("publish: %w", b.caller.Status(status, header, []byte(text)))
}
