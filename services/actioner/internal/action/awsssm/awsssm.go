package awsssm

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/awskit"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/node"
)

const (
	// every is how often the state is looked at.
	every = 3 * time.Second
	// mostInstances is AWS' own limit for a list of instances.
	mostInstances = 50
)

var (
	// ids is one instance or several.
	ids      = regexp.MustCompile(`^i-[0-9a-f]{8,17}(,i-[0-9a-f]{8,17})*$`)
	document = regexp.MustCompile(`^[A-Za-z0-9_.:/-]{3,200}$`)
)

// ours is how documents that need no mention begin.
const ours = "Parley-"

type kind struct {
	at         awskit.Place
	automation bool
	document   string
	arguments  map[string][]fill.Template
}

// New reads the block of one action.
func New(m *node.Map, d action.Deps) action.Kind {
	m.Required("operation")
	k := &kind{at: awskit.Read(m, d, "instance_ids", ids), automation: m.OneOf("operation", "command", "automation") == "automation",
		document: m.Required("document"), arguments: map[string][]fill.Template{}}
	listed := m.Texts("documents")
	if k.document != "" && (!document.MatchString(k.document) || !strings.HasPrefix(k.document, ours) && !slices.Contains(listed, k.document)) {
		m.FailAt("document", "%q: want a name that begins with %s, or one that stands in documents: too", k.document, ours)
	}
	if a := m.Map("arguments"); a != nil {
		for _, name := range a.Keys() {
			for _, text := range a.Texts(name) {
				t, err := fill.Parse(text)
				if err != nil {
					a.FailAt(name, "%v", err)
				}
				k.arguments[name] = append(k.arguments[name], t)
			}
		}
		a.Done()
	}
	return k
}

// HasToken: an automation takes one.
func (k *kind) HasToken() bool { return k.automation }

// Checks are those of every resource.
func (k *kind) Checks() []string { return awskit.Checks() }

// Places are those of the block's defaults.
func (k *kind) Places() []fill.Ref { return k.at.Places() }

func (k *kind) filled(v fill.Values) (map[string][]string, error) {
	out := map[string][]string{}
	for name, list := range k.arguments {
		for _, t := range list {
			text, err := t.Fill(v, nil)
			if err != nil {
				return nil, fmt.Errorf("argument %s: %w", name, err)
			}
			out[name] = append(out[name], text)
		}
	}
	return out, nil
}

func (k *kind) Plan(v fill.Values) (string, error) {
	a, region, on, err := k.at.Where(v)
	if err != nil {
		return "", err
	}
	args, err := k.filled(v)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("Run the document %s on %s %s", k.document, strings.ReplaceAll(on, ",", ", "), awskit.Words(a, region))
	for i, name := range slices.Sorted(maps.Keys(args)) {
		text += map[bool]string{true: " with ", false: ", "}[i == 0] + name + "=" + strings.Join(args[name], ",")
	}
	return text, nil
}

// DryRun looks at the instances.
func (k *kind) DryRun(ctx context.Context, c action.Call) (action.Result, error) {
	s, _, names, err := k.look(ctx, c)
	if err != nil {
		return action.Result{}, err
	}
	return action.Result{Text: strings.Join(names, ", ") + " may be told", Resource: s.Resource()}, nil
}

func (k *kind) Run(ctx context.Context, c action.Call) (action.Result, error) {
	s, args, names, err := k.look(ctx, c)
	if err != nil {
		return action.Result{}, err
	}
	r := action.Result{Resource: s.Resource()}
	on := strings.Join(names, ", ")
	if k.automation {
		r.Text, err = k.automate(ctx, s, c, args, on)
	} else {
		r.Text, err = k.command(ctx, s, c, args, on)
	}
	return r, err
}

// look reads the instances and refuses what may not be told.
func (k *kind) look(ctx context.Context, c action.Call) (*awskit.Session, map[string][]string, []string, error) {
	args, err := k.filled(c.Values)
	if err != nil {
		return nil, nil, nil, action.Refused(err.Error())
	}
	s, err := k.at.Open(ctx, c)
	if err != nil {
		return nil, nil, nil, err
	}
	on := strings.Split(s.ID, ",")
	if most := min(mostInstances, orMost(c.Most)); len(on) > most {
		return nil, nil, nil, action.Refused(fmt.Sprintf("it is for %d instances, and one run may touch %d at most (per_run)", len(on), most))
	}
	var names []string
	for _, id := range on {
		i, err := s.Instance(ctx, id)
		if err != nil {
			return nil, nil, nil, err
		}
		if err := s.Guard(c, i.String(), i.TagMap(), time.Now()); err != nil {
			return nil, nil, nil, err
		}
		if !i.Is(types.InstanceStateNameRunning) {
			return nil, nil, nil, action.Refused(fmt.Sprintf("%s is %s: only a running instance can be told anything", i, i.StateName()))
		}
		names = append(names, i.String())
	}
	return s, args, names, nil
}

func orMost(n int) int {
	if n <= 0 {
		return mostInstances
	}
	return n
}

// client calls once where a second try would be a second effect.
func (k *kind) client(s *awskit.Session) *ssm.Client {
	return ssm.NewFromConfig(s.Config, func(o *ssm.Options) {
		if !k.automation {
			o.Retryer = aws.NopRetryer{}
		}
	})
}

// token makes a run's id the UUID that AWS wants.
func token(runID string) string {
	b := sha256.Sum256([]byte(runID))
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // version 8: our own making (RFC 9562)
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
