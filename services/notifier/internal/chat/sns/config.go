package sns

import (
	"fmt"
	"regexp"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Config is an entry of the chats file.
type Config struct {
	// Endpoint replaces AWS's own, for a sandbox or a VPC endpoint.
	Endpoint string `yaml:"endpoint"`
	// AccessKey and SecretKey; without them AWS's usual chain is asked:
	// environment, profile, role of the machine.
	AccessKey string   `yaml:"access_key"`
	SecretKey chat.Ref `yaml:"secret_key"`
	// Channels are the ARNs of each channel's topic.
	Channels api.Channels[string] `yaml:"channels"`
}

// Defaults returns the config with AWS's usual credentials.
func Defaults() Config { return Config{} }

// topic is the ARN of a topic: its region is the second group.
var topic = regexp.MustCompile(`^arn:(aws|aws-cn|aws-us-gov):sns:([a-z]{2}(?:-[a-z]+)+-[0-9]):([0-9]{12}):([A-Za-z0-9_-]{1,256}(?:\.fifo)?)$`)

func (c Config) check() error {
	if c.Endpoint != "" {
		if err := api.CheckURL("endpoint", c.Endpoint); err != nil {
			return err
		}
	}
	if (c.AccessKey == "") != (c.SecretKey.Secret == "") {
		return fmt.Errorf("access_key and secret_key: want both or none")
	}
	for name, arn := range c.Channels {
		if !topic.MatchString(arn) {
			return fmt.Errorf("channels: %s: want the ARN of a topic, such as arn:aws:sns:eu-west-1:111122223333:ops, not %.300q", name, arn)
		}
	}
	return c.Channels.Check()
}

func region(arn string) string { return topic.FindStringSubmatch(arn)[2] }
