package push

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/deadletter"
	"github.com/parley-ops/parley/services/collector/internal/push/identity"
	"github.com/parley-ops/parley/services/collector/internal/push/sns"
)

// Deps is what the endpoints need.
type Deps struct {
	Log *slog.Logger
	// Sink returns when the samples are stored.
	Sink interface {
		Store(ctx context.Context, samples []batch.Sample) error
	}
	Letters *deadletter.Office
	Names   *identity.Names
	// SNS checks messages; nil is one for the settings.
	SNS *sns.Verifier
	// Metrics is where the endpoints' own go; nil is nowhere.
	Metrics prometheus.Registerer
	// Past and Future are how far from now the time of a point may be.
	Past, Future time.Duration
}

// Push is the endpoints.
type Push struct {
	Deps
	cfg      Config
	keys     [][sha256.Size]byte
	catalog  *catalog.Catalog
	slots    chan struct{}
	unpacked int64  // how long a body may be, unpacked
	requests memory // of Firehose, that are done with
	messages memory // of SNS
	met      metrics
}

const (
	// maxRequests is how many requests of Firehose are read at a time.
	maxRequests = 4
	// storeWithin is how long a request may take in all: Firehose waits for three
	// minutes.
	storeWithin = 150 * time.Second
	// remembered is how many ids are, and for how long.
	remembered    = 50_000
	rememberedFor = 2 * time.Hour
)

// New returns the endpoints of a config that is valid.
func New(cfg Config, d Deps) *Push {
	if d.SNS == nil {
		d.SNS = sns.New(sns.Config{Topics: cfg.Topics, AllowV1: cfg.AllowV1, TrustDownload: cfg.TrustDownload})
	}
	return &Push{Deps: d, cfg: cfg, keys: cfg.hashes(), catalog: catalog.Default(), slots: make(chan struct{}, maxRequests), unpacked: maxUnpacked, met: newMetrics(d.Metrics)}
}

// Register adds the endpoints to mux.
func (p *Push) Register(mux *http.ServeMux) {
	mux.HandleFunc("POST /aws/firehose", p.firehose)
	mux.HandleFunc("POST /aws/sns", p.notification)
}

// refusal is why a request is not taken, as the sender is told.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

// refused turns an error into what the sender is told; what is not a refusal is
// a fault of ours, and to be sent again.
func (p *Push) refused(endpoint string, err error) *refusal {
	var no *refusal
	if !errors.As(err, &no) {
		p.Log.Warn("what AWS pushes is not stored", "endpoint", endpoint, "err", err)
		no = &refusal{http.StatusServiceUnavailable, "not stored yet, send it again"}
	}
	p.met.requests.WithLabelValues(endpoint, strconv.Itoa(no.status)).Inc()
	return no
}

// team is whose the dead letters are.
const team = "infra"

// letters sends dead letters, some in all, and waits for all of them.
type letters struct {
	office *deadletter.Office
	max    int
	sent   int
	more   int // not sent
	done   chan error
}

func newLetters(o *deadletter.Office, max int) *letters {
	return &letters{office: o, max: max, done: make(chan error, max)}
}

func (l *letters) send(ctx context.Context, letter deadletter.Letter) error {
	if l.sent == l.max {
		l.more++
		return nil
	}
	if err := l.office.Send(ctx, letter, func(err error) { l.done <- err }); err != nil {
		return err
	}
	l.sent++
	return nil
}

// wait returns when all are stored.
func (l *letters) wait(ctx context.Context) error {
	for range l.sent {
		select {
		case err := <-l.done:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

type metrics struct {
	requests *prometheus.CounterVec
	points   *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) metrics {
	m := metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "collector_push_requests_total", Help: "Requests in which AWS pushed something, by endpoint and the status of the answer."}, []string{"endpoint", "status"}),
		points: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "collector_push_points_total", Help: "Points and changes of what AWS pushed: stored, skipped (not watched, or of no use), or bad (dead letters)."}, []string{"endpoint", "outcome"}),
	}
	if reg != nil {
		reg.MustRegister(m.requests, m.points)
	}
	return m
}
