package lambda

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

var service = wire.Service{Scope: "lambda", IAM: "lambda"}

// maxPayload is AWS's limit for a synchronous invocation, in bytes.
const maxPayload = 6 << 20

// api is Lambda on a world.
type api struct{ world *world.World }

// Register adds Lambda's operations to mux.
func Register(mux *wire.Mux, w *world.World) {
	a := api{w}
	route := func(pattern, name string, op func(*wire.Request, world.Key) (wire.Answer, error)) {
		mux.Route(service, pattern, name, func(_ context.Context, r *wire.Request) (wire.Answer, error) {
			return op(r, world.Key{Account: r.Caller.Account, Region: r.Region})
		})
	}
	route("POST /2015-03-31/functions/{name}/invocations", "Invoke", a.invoke)
	route("GET /2015-03-31/functions", "ListFunctions", a.list)
	route("GET /2015-03-31/functions/{$}", "ListFunctions", a.list)
	route("GET /2015-03-31/functions/{name}/configuration", "GetFunctionConfiguration", a.configuration)
	route("GET /2017-03-31/tags/{arn}", "ListTags", a.tags)
}

// nameOf is the function's name, of a name, a partial ARN or an ARN.
func nameOf(s string) string {
	if _, rest, ok := strings.Cut(s, "function:"); ok {
		s = rest
	}
	name, _, _ := strings.Cut(s, ":")
	return name
}

// find returns the function, once the caller may do action with it. Whether there is
// one is said only to those who may.
func (a api) find(r *wire.Request, k world.Key, action, name string) (world.Function, error) {
	wanted := world.Function{Name: nameOf(name)}
	var found *world.Function
	for _, f := range a.world.Functions(k) {
		if f.Name == wanted.Name {
			found = &f
		}
	}
	keys := map[string][]string{}
	if found != nil {
		wanted = *found
		for key, v := range wanted.Tags {
			keys["aws:ResourceTag/"+key] = []string{v}
		}
	}
	if err := a.world.AuthorizeAction(r, "lambda:"+action, wanted.ARN(k), keys); err != nil {
		return wanted, err
	}
	if found == nil {
		return wanted, &wire.Error{Code: "ResourceNotFoundException", Status: 404, Message: "Function not found: " + wanted.ARN(k)}
	}
	return wanted, nil
}

func (a api) invoke(r *wire.Request, k world.Key) (wire.Answer, error) {
	f, err := a.find(r, k, "InvokeFunction", r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	r.Touch(f.Name)
	if len(r.Body) > maxPayload {
		return nil, &wire.Error{Code: "RequestTooLargeException", Status: 413, Message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation"}
	}
	if len(r.Body) > 0 && !json.Valid(r.Body) {
		return nil, wire.Errorf("InvalidRequestContentException", "Could not parse request body into json")
	}
	header := http.Header{"Content-Type": {"application/json"}, "X-Amz-Executed-Version": {"$LATEST"}}
	kind := r.HTTP.Header.Get("X-Amz-Invocation-Type")
	switch kind {
	case "DryRun":
		return wire.Raw{Status: http.StatusNoContent, Header: header}, nil
	case "", "RequestResponse", "Event":
	default:
		return nil, wire.Errorf("InvalidParameterValueException", "Value '%s' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]", kind)
	}
	if f, err = a.world.Invoke(k, f.Name); err != nil {
		return nil, err
	}
	if kind == "Event" {
		return wire.Raw{Status: http.StatusAccepted, Header: header}, nil
	}
	body := r.Body
	if len(body) == 0 {
		body = []byte("{}")
	}
	text := "START Version: $LATEST\nEND\n"
	if f.Fails {
		header.Set("X-Amz-Function-Error", "Unhandled")
		body = []byte(`{"errorMessage":"it always fails","errorType":"RuntimeError","stackTrace":["handler.py:7"]}`)
		text = "START Version: $LATEST\n[ERROR] RuntimeError: it always fails\nEND\n"
	}
	if r.HTTP.Header.Get("X-Amz-Log-Type") == "Tail" {
		header.Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString([]byte(text)))
	}
	return wire.Raw{Status: http.StatusOK, Header: header, Body: body}, nil
}

func configuration(k world.Key, f world.Function) wire.Map {
	return wire.Map{
		"FunctionName": f.Name, "FunctionArn": f.ARN(k), "Runtime": f.Runtime, "Role": "arn:aws:iam::" + k.Account + ":role/lambda-" + f.Name,
		"Handler": "index.handler", "CodeSize": 4096, "Description": "", "Timeout": int(f.Timeout.Seconds()), "MemorySize": f.MemoryMiB,
		"LastModified": f.Created.Format("2006-01-02T15:04:05.000+0000"), "Version": "$LATEST", "State": "Active",
		"Architectures": []string{"x86_64"}, "PackageType": "Zip",
	}
}

func (a api) list(r *wire.Request, k world.Key) (wire.Answer, error) {
	if err := a.world.Authorize(r, "", nil); err != nil {
		return nil, err
	}
	query := r.HTTP.URL.Query()
	most, begin := 50, 0
	for name, into := range map[string]*int{"MaxItems": &most, "Marker": &begin} {
		if text := query.Get(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				return nil, wire.Errorf("InvalidParameterValueException", "%s %q is not valid", name, text)
			}
			*into = n
		}
	}
	most = min(max(most, 1), 50)
	all := a.world.Functions(k)
	all = all[min(begin, len(all)):]
	m, list := wire.Map{}, wire.List{}
	if len(all) > most {
		all = all[:most]
		m["NextMarker"] = strconv.Itoa(begin + most)
	}
	for _, f := range all {
		list = append(list, configuration(k, f))
	}
	m["Functions"] = list
	return m, nil
}

func (a api) configuration(r *wire.Request, k world.Key) (wire.Answer, error) {
	f, err := a.find(r, k, "GetFunctionConfiguration", r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	return configuration(k, f), nil
}

func (a api) tags(r *wire.Request, k world.Key) (wire.Answer, error) {
	f, err := a.find(r, k, "ListTags", r.PathValue("arn"))
	if err != nil {
		return nil, err
	}
	tags := wire.Map{}
	for name, v := range f.Tags {
		tags[name] = v
	}
	return wire.Map{"Tags": tags}, nil
}
