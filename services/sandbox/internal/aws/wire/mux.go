package wire

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Service says how one AWS service is told apart and spoken to.
type Service struct {
	Scope   string // in the signature's credential scope: "monitoring"
	IAM     string // prefix of its actions in policies: "cloudwatch"
	Target  string // JSON's X-Amz-Target and CBOR's service name: "GraniteServiceVersion20100801"; empty for neither
	Version string // of its Query API: "2010-08-01"; empty for none
	XMLNS   string // namespace of its XML answers
	EC2     bool   // speaks EC2's own dialect of Query
}

// Operation does one operation. A nil answer is an empty one.
type Operation func(ctx context.Context, r *Request) (Answer, error)

// Hooks are what the account adds to every request.
type Hooks struct {
	Now      func() time.Time                                     // real time, for signatures; time.Now if nil
	Clock    func() (now time.Time, scripted bool)                // the account's time, if it is not real: see [Hooks.times]; may be nil
	Identify func(accessKey, sessionToken string) (Caller, error) // who signed; see [Caller]
	Before   func(ctx context.Context, r *Request) error          // after authentication, before the operation; may be nil
	After    func(ctx context.Context, r *Request, err error)     // with why it was refused, or nil; may be nil
}

// Mux serves the operations that were registered with it.
type Mux struct {
	hooks    Hooks
	services map[string]*served // by scope
}

type served struct {
	Service
	operations map[string]Operation
	routes     *http.ServeMux // of REST operations; nil for none
}

// New returns a Mux without operations.
func New(hooks Hooks) *Mux {
	if hooks.Now == nil {
		hooks.Now = time.Now
	}
	return &Mux{hooks: hooks, services: map[string]*served{}}
}

func (m *Mux) service(s Service) *served {
	if m.services[s.Scope] == nil {
		m.services[s.Scope] = &served{Service: s, operations: map[string]Operation{}}
	}
	return m.services[s.Scope]
}

// Handle registers an operation under its name for every protocol of the service
// except REST. It panics for a name that is registered already.
func (m *Mux) Handle(s Service, name string, op Operation) {
	to := m.service(s)
	if to.operations[name] != nil {
		panic(fmt.Sprintf("%s:%s is registered twice", s.Scope, name))
	}
	to.operations[name] = op
}

// Route registers a REST JSON operation under a pattern of [http.ServeMux], such as
// "POST /2015-03-31/functions/{name}/invocations"; [Request.PathValue] has its parts.
func (m *Mux) Route(s Service, pattern, name string, op Operation) {
	to := m.service(s)
	if to.routes == nil {
		to.routes = http.NewServeMux()
	}
	to.routes.HandleFunc(pattern, func(rw http.ResponseWriter, r *http.Request) {
		found := r.Context().Value(routeKey{}).(*route)
		found.name, found.op, found.http = name, op, r
	})
}

type routeKey struct{}

// route is what a REST pattern matched. It travels in the context because that is
// the only thing [http.ServeMux] hands to a handler unchanged.
type route struct {
	name string
	op   Operation
	http *http.Request
}

// ServeHTTP answers one request.
func (m *Mux) ServeHTTP(rw http.ResponseWriter, hr *http.Request) {
	r := &Request{ID: NewID(), HTTP: hr, protocol: guess(hr)}
	if m.hooks.Clock != nil {
		if now, scripted := m.hooks.Clock(); scripted {
			rw.Header().Set("Date", now.UTC().Format(http.TimeFormat))
		}
	}
	answer, err := m.serve(hr.Context(), r)
	if err != nil {
		r.writeError(rw, r.asError(err))
		return
	}
	r.write(rw, answer)
}

func (m *Mux) serve(ctx context.Context, r *Request) (Answer, error) {
	signed, err := parseAuthorization(r.HTTP)
	if err != nil {
		return nil, err
	}
	to := m.services[signed.service]
	if to == nil {
		return nil, Errorf("UnknownService", "the local account has no service with the credential scope %q", signed.service)
	}
	r.Service, r.Region = to.Service, signed.region
	if r.Service.EC2 && r.protocol == protocolQuery {
		r.protocol = protocolEC2
	}
	if err := signed.checkTime(m.hooks.times(signed.at), r.protocol); err != nil {
		return nil, err
	}
	if err := r.read(); err != nil {
		return nil, err
	}
	op, err := r.find(to)
	if err != nil {
		return nil, err
	}
	answer, err := m.do(ctx, r, signed, op)
	if m.hooks.After != nil {
		m.hooks.After(ctx, r, err)
	}
	return answer, err
}

func (m *Mux) do(ctx context.Context, r *Request, signed signature, op Operation) (Answer, error) {
	if err := m.hooks.identify(signed, r); err != nil {
		return nil, err
	}
	if m.hooks.Before != nil {
		if err := m.hooks.Before(ctx, r); err != nil {
			return nil, err
		}
	}
	answer, err := op(ctx, r)
	if err == nil {
		err = r.Err()
	}
	return answer, err
}

// times is the time that a signature of at is compared with. Answers carry the
// account's time, and clients sign with what they learned of it when they last asked:
// while that is scripted, no time is wrong.
func (h Hooks) times(at time.Time) time.Time {
	if h.Clock != nil {
		if _, scripted := h.Clock(); scripted {
			return at
		}
	}
	return h.Now()
}

// identify asks who signed. Keys that begin with EXPIRED are refused as expired, and
// those that begin with DENIED may do nothing.
func (h Hooks) identify(signed signature, r *Request) error {
	r.Caller.AccessKey = signed.accessKey
	if strings.HasPrefix(signed.accessKey, "EXPIRED") {
		return Expired()
	}
	caller, err := h.Identify(signed.accessKey, signed.token)
	if err != nil {
		return err
	}
	r.Caller = caller
	r.Caller.AccessKey = signed.accessKey
	if strings.HasPrefix(signed.accessKey, "DENIED") {
		return Denied(r, "")
	}
	return nil
}
