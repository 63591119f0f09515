package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The paths that are the proxy's own.
const (
	healthPath  = "/healthz"
	readyPath   = "/readyz"
	metricsPath = "/metrics"
)

// closeTime bounds what is left to do once all is drained.
const closeTime = time.Second

// serve says where it listens, a line for each upstream, and answers until ctx
// ends; then it drains.
func (h *house) serve(ctx context.Context) error {
	front, err := bind(ctx, "--listen", h.s.listen)
	if err != nil {
		return err
	}
	defer front.Close()
	var leaving atomic.Bool
	failed := make(chan error, 2)
	var servers sync.WaitGroup
	defer servers.Wait()
	start := func(l net.Listener, handler http.Handler) *http.Server {
		server := &http.Server{
			Handler: handler, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime,
			ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelWarn),
		}
		servers.Go(func() {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("serving on %s: %w", l.Addr(), err)
			}
		})
		return server
	}
	if h.s.metrics != "" {
		side, err := bind(ctx, "--metrics", h.s.metrics)
		if err != nil {
			return err
		}
		defer start(side, h.sideDoor(&leaving)).Close() // it tells of the drain to its end
		h.log.Info("metrics", "url", "http://"+side.Addr().String()+metricsPath)
	}
	for _, path := range h.paths {
		if _, err := fmt.Fprintf(h.p.stdout, "listening on http://%s%s\n", front.Addr(), path); err != nil {
			return fmt.Errorf("writing the address to stdout: %w", err)
		}
	}
	server := start(front, withHealth(&leaving, h.front))
	defer server.Close()

	h.warn()
	var looking sync.WaitGroup
	defer looking.Wait()
	for i := range h.s.upstreams {
		looking.Go(func() { h.look(ctx, &h.s.upstreams[i]) })
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	leaving.Store(true)
	h.drain(context.WithoutCancel(ctx), server)
	return nil
}

// drain ends calls and streams, then the server, all within bounds.
func (h *house) drain(ctx context.Context, server *http.Server) {
	h.log.Info("draining", "for", h.s.drain)
	inTime, cancel := context.WithTimeout(ctx, h.s.drain)
	defer cancel()
	if cut := h.front.Drain(inTime); cut > 0 {
		h.log.Warn("calls did not end in time and were answered with errors", "calls", cut, "drain", h.s.drain)
	}
	closing, cancel := context.WithTimeout(ctx, closeTime)
	defer cancel()
	_ = server.Shutdown(closing) // what it does not end, Close does
	h.log.Info("done")
}

// bind listens on an address that a flag, or a file's field of that name, gave.
func bind(ctx context.Context, flag, addr string) (net.Listener, error) {
	l, err := open(ctx, addr)
	if err == nil {
		return l, nil
	}
	named := errors.New(strings.Replace(err.Error(), "--listen", flag, 1))
	if wrong := (misuse{}); errors.As(err, &wrong) {
		return nil, misuse{named}
	}
	return nil, named
}

// warn tells whoever opens the proxy to others what else they need.
func (h *house) warn() {
	host, _, _ := net.SplitHostPort(h.s.listen)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		if len(h.s.hosts) == 0 {
			h.log.Warn("listening on all addresses, but only clients that use a loopback name are served: allow the name that others use with --allow-host")
		}
	}
}

// sideDoor serves what operators ask for.
func (h *house) sideDoor(leaving *atomic.Bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+metricsPath, h.metrics)
	return withHealth(leaving, mux)
}

// withHealth answers the two questions of an orchestrator: is the process there,
// and should it get new calls. An upstream that is down is no reason against
// either: the proxy waits for it, and says so to clients.
func withHealth(leaving *atomic.Bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			next.ServeHTTP(w, r)
		case r.URL.Path == healthPath:
			_, _ = io.WriteString(w, "ok\n")
		case r.URL.Path == readyPath && leaving.Load():
			http.Error(w, "draining", http.StatusServiceUnavailable)
		case r.URL.Path == readyPath:
			_, _ = io.WriteString(w, "ready\n")
		default:
			next.ServeHTTP(w, r)
		}
	})
}
