package doctortest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

// AWS answers as AWS does to what a doctor asks.
type AWS struct {
	// Denied are permissions that nobody has, such as "ec2:StopInstances".
	Denied []string
	// Untagged: no instance may be acted on.
	Untagged bool

	mu    sync.Mutex
	asked []string
}

// Asked returns the permissions that were asked for; those without a dry run
// that changed something end with "!".
func (a *AWS) Asked() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.asked)
}

// RoundTrip lets it be a transport.
func (a *AWS) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r = r.Clone(r.Context())
		r.Body = http.NoBody
	}
	rec := httptest.NewRecorder()
	a.ServeHTTP(rec, r)
	return rec.Result(), nil
}

var scope = regexp.MustCompile(`Credential=[^/]+/[0-9]+/[a-z0-9-]+/([a-z0-9-]+)/aws4_request`)

// IAM's names for what is signed as another.
var prefixes = map[string]string{"monitoring": "cloudwatch", "tagging": "tag"}

// ServeHTTP answers one call.
func (a *AWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	m := scope.FindStringSubmatch(r.Header.Get("Authorization"))
	if err != nil || m == nil {
		http.Error(w, "not signed", http.StatusForbidden)
		return
	}
	form, _ := url.ParseQuery(string(body))
	protocol, operation := "xml", form.Get("Action")
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		protocol, operation = "json", target[strings.LastIndexByte(target, '.')+1:]
	}
	if _, op, ok := strings.Cut(r.URL.Path, "/operation/"); ok {
		protocol, operation = "cbor", op
	}
	service := m[1]
	if p := prefixes[service]; p != "" {
		service = p
	}
	if service == "lambda" {
		protocol, operation = "json", "InvokeFunction"
	}
	permission := service + ":" + operation
	harmless := form.Get("DryRun") == "true" || strings.Contains(string(body)+r.URL.Path, "arley-doctor-not-there") || strings.HasPrefix(operation, "Get") ||
		strings.HasPrefix(operation, "Describe") || strings.HasPrefix(operation, "List") || operation == "AssumeRole"
	a.mu.Lock()
	if harmless {
		a.asked = append(a.asked, permission)
	} else {
		a.asked = append(a.asked, permission+"!")
	}
	a.mu.Unlock()
	if slices.Contains(a.Denied, permission) {
		code := map[string]string{"ec2": "UnauthorizedOperation", "sts": "AccessDenied", "rds": "AccessDenied", "cloudwatch": "AccessDenied"}[service]
		if code == "" {
			code = "AccessDeniedException"
		}
		refuse(w, service, protocol, http.StatusForbidden, code, "not authorized")
		return
	}
	a.answer(w, service, protocol, operation, form)
}

// refusals are what those get to hear who may.
var refusals = map[string]string{"ecs:DescribeServices": "ClusterNotFoundException", "ssm:SendCommand": "InvalidDocument", "ssm:GetCommandInvocation": "InvocationDoesNotExist",
	"ssm:StartAutomationExecution": "AutomationDefinitionNotFoundException", "ssm:GetAutomationExecution": "AutomationExecutionNotFoundException",
	"lambda:InvokeFunction": "ResourceNotFoundException", "sqs:DeleteMessage": "ReceiptHandleIsInvalid", "elasticloadbalancing:DescribeTags": "LoadBalancerNotFound"}

func (a *AWS) answer(w http.ResponseWriter, service, protocol, operation string, form url.Values) {
	if code := refusals[service+":"+operation]; code != "" {
		refuse(w, service, protocol, http.StatusBadRequest, code, "there is none")
		return
	}
	inner := ""
	switch {
	case form.Get("DryRun") == "true":
		refuse(w, service, protocol, http.StatusPreconditionFailed, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
		return
	case service == "ec2" && !a.Untagged:
		inner = `<reservationSet><item><instancesSet><item><instanceId>i-0123456789abcdef0</instanceId><tagSet><item><key>parley:actions</key><value>allowed</value></item></tagSet></item></instancesSet></item></reservationSet>`
	case operation == "AssumeRole":
		inner = `<AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>` +
			time.Now().Add(time.Hour).UTC().Format(time.RFC3339) + `</Expiration></Credentials></AssumeRoleResult>`
	case operation == "GetCallerIdentity":
		inner = `<GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:role/it</Arn><Account>111122223333</Account></GetCallerIdentityResult>`
	}
	switch protocol {
	case "json":
		say(w, "application/x-amz-json-1.1", http.StatusOK, "{}")
	case "cbor":
		w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
		body := "\xa0"
		if operation == "DescribeAlarms" {
			body = string(cbor.Encode(alarms))
		}
		say(w, "application/cbor", http.StatusOK, body)
	default:
		if inner == "" {
			inner = "<" + operation + "Result></" + operation + "Result>"
		}
		say(w, "text/xml", http.StatusOK, "<"+operation+"Response>"+inner+"</"+operation+"Response>")
	}
}

// alarms are one on an instance, and one on that.
var alarms = cbor.Map{
	"MetricAlarms": cbor.List{cbor.Map{
		"AlarmName": cbor.String("cpu"), "AlarmArn": cbor.String("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:cpu"),
		"Namespace": cbor.String("AWS/EC2"), "MetricName": cbor.String("CPUUtilization"), "Statistic": cbor.String("Average"), "Period": cbor.Uint(300),
		"EvaluationPeriods": cbor.Uint(3), "DatapointsToAlarm": cbor.Uint(2), "Threshold": cbor.Float64(80), "ComparisonOperator": cbor.String("GreaterThanOrEqualToThreshold"),
		"Dimensions": cbor.List{cbor.Map{"Name": cbor.String("InstanceId"), "Value": cbor.String("i-0123456789abcdef0")}},
	}},
	"CompositeAlarms": cbor.List{cbor.Map{"AlarmName": cbor.String("all"), "AlarmRule": cbor.String("ALARM(cpu)")}},
}

func refuse(w http.ResponseWriter, service, protocol string, status int, code, message string) {
	switch {
	case protocol == "json":
		w.Header().Set("X-Amzn-Errortype", code)
		say(w, "application/x-amz-json-1.1", status, fmt.Sprintf(`{"__type":%q,"message":%q}`, code, message))
	case protocol == "cbor":
		w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
		w.Header().Set("X-Amzn-Query-Error", code+";Sender")
		say(w, "application/cbor", status, "\xa1\x66__type"+string(rune(0x60+len(code)))+code)
	case service == "ec2":
		say(w, "text/xml", status, fmt.Sprintf("<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>r</RequestID></Response>", code, message))
	default:
		say(w, "text/xml", status, fmt.Sprintf("<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>r</RequestId></ErrorResponse>", code, message))
	}
}

func say(w http.ResponseWriter, kind string, status int, body string) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
