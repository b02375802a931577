package actiontest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/internal/account"
)

// Cloud is as much of an AWS account as the aws- kinds ask for: a Go value
// that answers requests by the service in their signature's scope. Fields are
// set before the first request.
type Cloud struct {
	Instances map[string]*Machine
	Group     *Fleetlet
	Database  *Database
	Service   *Service
	// Function answers an invocation; nil: there is none such.
	Function func(payload []byte) (status int, fault, answer string)
	// Command is the status that commands and automations end in; "" is
	// Success.
	Command string
	// Deny is what the role may not do: "StopInstances".
	Deny string
	// Session is the session name that was last asked for.
	Session string

	mu      sync.Mutex
	effects []string
	seen    map[string]bool
}

// Machine is an instance; State is where it is, until Then at At.
type Machine struct {
	State, Then, Type, Root, Life, Request, Address string
	At                                              time.Time
	Tags                                            map[string]string
}

// Fleetlet is an Auto Scaling group.
type Fleetlet struct {
	Name                string
	Min, Max, Now, Want int
	At                  time.Time
	Tags                map[string]string
}

// Database is one of RDS.
type Database struct {
	ID, State, Then, Cluster, Replica string
	At                                time.Time
	Tags                              map[string]string
}

// Service is one of ECS.
type Service struct {
	Cluster, Name, Strategy, Rollout string
	Count                            int
	At                               time.Time
	Tags                             map[string]string
}

// Allowed are the tags that let actions be done.
func Allowed(more ...string) map[string]string {
	out := map[string]string{"parley:actions": "allowed"}
	for i := 0; i+1 < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

// Accounts returns the account that is reached over t: 111122223333, "shop",
// in eu-west-1, and 999988887777, "watched", without an action role.
func Accounts(t http.RoundTripper) *account.Set {
	return account.New(account.Config{SandboxURL: "http://aws.test", Transport: t},
		account.Account{ID: "111122223333", Name: "shop", Regions: []string{"eu-west-1"}, ActionRole: "arn:aws:iam::111122223333:role/parley-actions", ExternalID: "x-1"},
		account.Account{ID: "999988887777", Name: "watched", Regions: []string{"eu-west-1"}})
}

// Effects returns what was done, in order: "StopInstances i-0a1".
func (c *Cloud) Effects() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string{}, c.effects...)
}

// Count returns how many effects there were.
func (c *Cloud) Count() int { return len(c.Effects()) }

// Do has an effect that people have by other ways.
func (c *Cloud) Do(change func(*Cloud)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

var _ http.RoundTripper = (*Cloud)(nil)

// RoundTrip answers one request.
func (c *Cloud) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	body := []byte{}
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	scope := strings.Split(r.Header.Get("Authorization"), "/")
	if len(scope) < 5 {
		return Answer(403, "unsigned"), nil
	}
	form, _ := url.ParseQuery(string(body))
	switch service := scope[3]; service {
	case "sts":
		return c.sts(form), nil
	case "ec2":
		return c.ec2(form), nil
	case "autoscaling":
		return c.autoscaling(form), nil
	case "rds":
		return c.rds(form), nil
	case "lambda":
		return c.lambda(r, body), nil
	default:
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		var in map[string]any
		_ = json.Unmarshal(body, &in)
		if c.Deny == operation {
			return jsonFault(400, "AccessDeniedException", "User is not authorized to perform this"), nil
		}
		if service == "ecs" {
			return c.ecs(operation, in), nil
		}
		return c.ssm(operation, in), nil
	}
}

func (c *Cloud) did(format string, args ...any) {
	c.effects = append(c.effects, fmt.Sprintf(format, args...))
}

// moved returns a state that moves on with time.
func moved(state, then *string, at time.Time) string {
	if *then != "" && !time.Now().Before(at) {
		*state, *then = *then, ""
	}
	return *state
}

func (c *Cloud) sts(form url.Values) *http.Response {
	if form.Get("Action") != "AssumeRole" || form.Get("ExternalId") != "x-1" {
		return xmlFault(403, "AccessDenied", "not authorized to perform: sts:AssumeRole")
	}
	c.Session = form.Get("RoleSessionName")
	return Answer(200, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>`+
		time.Now().Add(time.Hour).UTC().Format(time.RFC3339)+`</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`)
}

func xmlFault(status int, code, message string) *http.Response {
	return Answer(status, `<ErrorResponse><Error><Type>Sender</Type><Code>`+code+`</Code><Message>`+message+`</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`)
}

func ec2Fault(status int, code, message string) *http.Response {
	return Answer(status, `<Response><Errors><Error><Code>`+code+`</Code><Message>`+message+`</Message></Error></Errors><RequestID>r-1</RequestID></Response>`)
}

func jsonFault(status int, code, message string) *http.Response {
	return Answer(status, fmt.Sprintf(`{"__type":%q,"message":%q}`, code, message))
}

func jsonAnswer(v any) *http.Response {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of plain values
	}
	resp := Answer(200, string(b))
	resp.Header.Set("Content-Type", "application/x-amz-json-1.1")
	return resp
}
