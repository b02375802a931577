package push

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/parley-ops/parley/services/internal/config"
)

// Config is what the endpoints are told.
type Config struct {
	FirehoseKeys  config.Secret `name:"collector-aws-firehose-key" help:"Access key with which Amazon Data Firehose may send metric streams to /aws/firehose, or @FILE; two, with a comma between them, while it is changed. Without it the endpoint is off." placeholder:"KEY"`
	Topics        []string      `name:"collector-aws-sns-topics" help:"ARNs of the SNS topics whose alarms are taken in at /aws/sns. Without any the endpoint is off." placeholder:"ARN,…"`
	AllowV1       bool          `name:"collector-aws-sns-v1" help:"Accept SNS' signatures of version 1 (SHA-1). Better: set the topic's SignatureVersion to 2."`
	TrustDownload bool          `name:"collector-aws-sns-trust-download" help:"Believe SNS' certificate since it came from SNS' host over TLS, without its chain; for networks that reach nothing else."`
}

// minKey is below what an access key can be guessed, maxKey what Firehose can
// send.
const minKey, maxKey = 16, 4096

var topicARN = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$`)

// Validate names the setting that is wrong, and no key.
func (c *Config) Validate() error {
	var errs []error
	for i, k := range c.keys() {
		if len(k) < minKey || len(k) > maxKey {
			errs = append(errs, fmt.Errorf("--collector-aws-firehose-key: key %d has %d characters, want %d to %d", i+1, len(k), minKey, maxKey))
		}
	}
	for _, t := range c.Topics {
		if !topicARN.MatchString(t) {
			errs = append(errs, fmt.Errorf("--collector-aws-sns-topics: %.100q: want an ARN like arn:aws:sns:eu-west-1:111122223333:alarms", t))
		}
	}
	return errors.Join(errs...)
}

func (c *Config) keys() []string {
	return strings.FieldsFunc(c.FirehoseKeys.Reveal(), func(r rune) bool { return r == ',' || r == '\n' || r == '\r' || r == ' ' })
}

func (c *Config) hashes() [][sha256.Size]byte {
	var out [][sha256.Size]byte
	for _, k := range c.keys() {
		out = append(out, sha256.Sum256([]byte(k)))
	}
	return out
}
