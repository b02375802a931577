package awslambda

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/awskit"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/node"
)

// Source: API reference of Lambda, "FunctionName", the name alone.
var functionName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

type kind struct {
	at         awskit.Place
	functions  []string
	payload    *fill.Tree
	idempotent bool
}

// New reads the block of one action.
func New(m *node.Map, d action.Deps) action.Kind {
	k := &kind{at: awskit.Read(m, d, "function", functionName), functions: m.Texts("functions"), idempotent: m.Bool("idempotent")}
	if len(k.functions) == 0 {
		k.functions = []string{"parley-*"}
	}
	for _, f := range k.functions {
		if _, err := path.Match(f, ""); err != nil {
			m.FailAt("functions", "%q is no pattern: want names, with * for any letters", f)
		}
	}
	var err error
	if k.payload, err = fill.ParseTree(m.Tree("payload")); err != nil {
		m.FailAt("payload", "%v", err)
	}
	return k
}

// HasToken: where the function heeds the run's id.
func (k *kind) HasToken() bool { return k.idempotent }

// Places are those of the block's defaults.
func (k *kind) Places() []fill.Ref { return k.at.Places() }

// request returns the function and the payload.
func (k *kind) request(v fill.Values) (function string, payload []byte, err error) {
	if _, _, function, err = k.at.Where(v); err != nil {
		return "", nil, err
	}
	if !slices.ContainsFunc(k.functions, func(f string) bool { ok, _ := path.Match(f, function); return ok }) {
		return "", nil, fmt.Errorf("the function %s is not among those that this action may invoke (%s)", function, strings.Join(k.functions, ", "))
	}
	if k.payload == nil {
		return function, []byte("{}"), nil
	}
	tree, err := k.payload.Fill(v)
	if err != nil {
		return "", nil, fmt.Errorf("payload: %w", err)
	}
	if payload, err = json.Marshal(tree); err != nil {
		return "", nil, fmt.Errorf("payload: %w", err)
	}
	return function, payload, nil
}

func (k *kind) Plan(v fill.Values) (string, error) {
	a, region, _, err := k.at.Where(v)
	if err != nil {
		return "", err
	}
	function, payload, err := k.request(withRun(v, "…"))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Invoke the function %s %s with %s", function, awskit.Words(a, region), awskit.Excerpt(string(payload))), nil
}

// withRun returns the values with another run id: the plan of two runs is the
// same.
func withRun(v fill.Values, id string) fill.Values {
	out := fill.Values{}
	for scope, values := range v {
		out[scope] = values
	}
	out[fill.Run] = map[string]string{"id": id}
	return out
}

// DryRun asks AWS whether it would.
func (k *kind) DryRun(ctx context.Context, c action.Call) (action.Result, error) {
	s, payload, err := k.open(ctx, c)
	if err != nil {
		return action.Result{}, err
	}
	if _, err := k.invoke(ctx, s, payload, types.InvocationTypeDryRun); err != nil {
		return action.Result{}, s.Before(err, "lambda:InvokeFunction")
	}
	return action.Result{Text: "AWS would allow it", Resource: s.Resource()}, nil
}

func (k *kind) Run(ctx context.Context, c action.Call) (action.Result, error) {
	s, payload, err := k.open(ctx, c)
	if err != nil {
		return action.Result{}, err
	}
	if _, err := k.invoke(ctx, s, payload, types.InvocationTypeDryRun); err != nil {
		return action.Result{}, s.Before(err, "lambda:InvokeFunction")
	}
	out, err := k.invoke(ctx, s, payload, types.InvocationTypeRequestResponse)
	if err := s.Effect(err, "lambda:InvokeFunction"); err != nil {
		return action.Result{}, err
	}
	said := awskit.Excerpt(string(out.Payload[:min(len(out.Payload), 4096)]))
	if fault := aws.ToString(out.FunctionError); fault != "" {
		return action.Result{}, action.Failed(fmt.Sprintf("the function %s ran and failed (%s): %s", s.ID, fault, said), nil)
	}
	r := action.Result{Text: fmt.Sprintf("the function %s ran", s.ID), Resource: s.Resource()}
	if said != "" && said != "null" {
		r.Text += " and answered " + said
	}
	return r, nil
}

func (k *kind) open(ctx context.Context, c action.Call) (*awskit.Session, []byte, error) {
	_, payload, err := k.request(c.Values)
	if err != nil {
		return nil, nil, action.Refused(err.Error())
	}
	s, err := k.at.Open(ctx, c)
	return s, payload, err
}

// invoke calls the function once: the client's own second try would be a
// second invocation.
func (k *kind) invoke(ctx context.Context, s *awskit.Session, payload []byte, how types.InvocationType) (*lambda.InvokeOutput, error) {
	client := lambda.NewFromConfig(s.Config, func(o *lambda.Options) { o.Retryer = aws.NopRetryer{} })
	return client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &s.ID, Payload: payload, InvocationType: how})
}
