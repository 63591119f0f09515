package proxy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/policy"
)

// Metrics counts what Proxies and their engines do, and shows it to Prometheus
// as an http.Handler. Every series carries the upstream's name and otherwise
// words of closed vocabularies: no ids, no paths, nothing secret, and never more
// series than upstreams ask for. It is safe for concurrent use.
//
// docs/proxy.md lists the series.
type Metrics struct {
	set *metrics.Set
	mu  sync.Mutex
	by  map[string]*meter
}

// NewMetrics makes a Metrics that has counted nothing.
func NewMetrics() *Metrics { return &Metrics{set: metrics.NewSet(), by: map[string]*meter{}} }

// ServeHTTP writes all series, those of the Go runtime and the process included,
// in Prometheus' text format.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	m.set.WritePrometheus(w)
	metrics.WriteProcessMetrics(w)
}

// Observer counts the events of the engine of an upstream: it belongs into
// nethttp.Transport.Observer. It panics on a name that CheckName refuses.
func (m *Metrics) Observer(upstream string) func(nethttp.Event) {
	if err := CheckName(upstream); err != nil {
		panic("proxy: Metrics.Observer: " + err.Error())
	}
	return m.of(upstream).observe
}

// of finds or makes the meter of an upstream.
func (m *Metrics) of(upstream string) *meter {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.by[upstream] == nil {
		m.by[upstream] = newMeter(m.set, upstream)
	}
	return m.by[upstream]
}

// The vocabularies of labels.
var (
	httpMethods = []string{http.MethodPost, http.MethodGet, http.MethodDelete, "other"}
	statuses    = []string{"2xx", "3xx", "4xx", "5xx", "other"}

	// latencies are bounds in seconds: a call over loopback, a tool that works,
	// one that waited for the default patience of 30 s.
	latencies = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}
)

// meter counts for one upstream. A nil meter counts nothing.
type meter struct {
	requests  [4][5]*metrics.Counter // by httpMethods and statuses
	latency   [4]*metrics.PrometheusHistogram
	recovery  *metrics.PrometheusHistogram
	recovered *metrics.Counter
	gaveUp    *metrics.Counter
	counts    [32]*metrics.Counter // of events, by kind; nil: not counted so

	mu       sync.Mutex // guards what follows
	sessions int
	breaker  policy.BreakerState
	flights  map[string]time.Time // recoveries under way, by session
	streams  int
	listened map[string]*listening // by session
}

// maxFlights bounds the recoveries whose time is taken; further ones are counted.
const maxFlights = 10_000

func newMeter(set *metrics.Set, upstream string) *meter {
	m := &meter{flights: map[string]time.Time{}, listened: map[string]*listening{}, breaker: policy.Closed}
	series := func(name, labels string) string {
		return fmt.Sprintf("mcprecover_%s{upstream=%q%s}", name, upstream, labels)
	}
	for i, method := range httpMethods {
		m.latency[i] = set.NewPrometheusHistogramExt(series("answer_seconds", fmt.Sprintf(",method=%q", method)), latencies)
		for j, status := range statuses {
			m.requests[i][j] = set.NewCounter(series("requests_total", fmt.Sprintf(",method=%q,status=%q", method, status)))
		}
	}
	m.recovery = set.NewPrometheusHistogramExt(series("recovery_seconds", ""), latencies)
	m.recovered = set.NewCounter(series("recoveries_total", `,result="done"`))
	m.gaveUp = set.NewCounter(series("recoveries_total", `,result="failed"`))
	for kind, name := range map[nethttp.EventKind]string{
		nethttp.CallResent:       "resends_total",
		nethttp.CallFailed:       "calls_failed_total",
		nethttp.CallOrphaned:     "orphans_total",
		nethttp.MessageSwallowed: "messages_swallowed_total",
		nethttp.StateNotRestored: "state_not_restored_total",
	} {
		m.counts[kind] = set.NewCounter(series(name, ""))
	}
	gauge := func(name, labels string, value func() int) {
		set.NewGauge(series(name, labels), func() float64 {
			m.mu.Lock()
			defer m.mu.Unlock()
			return float64(value())
		})
	}
	gauge("sessions", "", func() int { return m.sessions })
	gauge("streams_open", "", func() int { return m.streams })
	gauge("streams_parked", "", m.parked)
	for _, state := range policy.BreakerStates() {
		gauge("breaker_state", fmt.Sprintf(",state=%q", state), func() int {
			if m.breaker == state {
				return 1
			}
			return 0
		})
	}
	return m
}

// answered counts a request whose answer begins.
func (m *meter) answered(method string, status int, took time.Duration) {
	if m == nil {
		return
	}
	i, j := len(httpMethods)-1, len(statuses)-1
	for n, known := range httpMethods {
		if method == known {
			i = n
		}
	}
	if class := status / 100; class >= 2 && class <= 5 {
		j = class - 2
	}
	m.requests[i][j].Inc()
	m.latency[i].Update(took.Seconds())
}

// observe counts an event.
func (m *meter) observe(e nethttp.Event) {
	if int(e.Kind) < len(m.counts) && m.counts[e.Kind] != nil {
		m.counts[e.Kind].Inc()
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch e.Kind {
	case nethttp.SessionOpened:
		m.sessions++
	case nethttp.SessionEnded:
		m.sessions--
		delete(m.flights, e.Session)
	case nethttp.BreakerMoved:
		m.breaker = e.Breaker
	case nethttp.RecoveryStarted:
		if len(m.flights) < maxFlights {
			m.flights[e.Session] = e.Time
		}
	case nethttp.RecoveryDone, nethttp.RecoveryFailed:
		if began, ok := m.flights[e.Session]; ok {
			m.recovery.Update(e.Time.Sub(began).Seconds())
			delete(m.flights, e.Session)
		}
		if e.Kind == nethttp.RecoveryDone {
			m.recovered.Inc()
		} else {
			m.gaveUp.Inc()
		}
	case nethttp.StreamParked, nethttp.StreamAttached:
		if l := m.listened[e.Session]; l != nil {
			l.away = e.Kind == nethttp.StreamParked
		}
	}
}

// listening are the open listening streams of a session.
type listening struct {
	open int
	away bool // the engine said that the stream is parked
}

// parked counts the streams that are open to clients only. Called under mu.
func (m *meter) parked() (n int) {
	for _, l := range m.listened {
		if l.away {
			n += l.open
		}
	}
	return n
}

// listener is one open GET of a session.
type listener struct {
	m    *meter
	name string
}

// listens counts a GET until leaves; nil where nothing is counted.
func (m *meter) listens(session string) *listener {
	if m == nil || session == "" {
		return nil
	}
	l := &listener{m, short(session)}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.streams++
	if m.listened[l.name] == nil {
		m.listened[l.name] = &listening{}
	}
	m.listened[l.name].open++
	return l
}

func (l *listener) leaves() {
	if l == nil {
		return
	}
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	l.m.streams--
	of := l.m.listened[l.name]
	if of.open--; of.open == 0 {
		delete(l.m.listened, l.name)
	}
}

// short is how nethttp's events name a session.
func short(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:4])
}
