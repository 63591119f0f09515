package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"
)

const (
	headerTime   = 10 * time.Second // for a client to send its headers
	idleTime     = 2 * time.Minute  // for a connection without requests
	farewellTime = 3 * time.Second  // for calls under way to end after a signal
)

// open listens on an address such as 127.0.0.1:0.
func open(ctx context.Context, addr string) (net.Listener, error) {
	if _, port, err := net.SplitHostPort(addr); err != nil {
		return nil, misusef("--listen %q: %w: give HOST:PORT, such as 127.0.0.1:8080", addr, err)
	} else if _, err := net.DefaultResolver.LookupPort(ctx, "tcp", port); err != nil {
		return nil, misusef("--listen %q: port %q: give a number from 0 (any free port) to 65535", addr, port)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("--listen %s: %w", addr, err)
	}
	return l, nil
}

// serve says where it listens, on the first line of stdout, and answers until
// ctx ends. Then listening streams are cut at once and calls may finish for a
// moment: streams have no end of their own to wait for.
func (p *process) serve(ctx context.Context, l net.Listener, path string, h http.Handler) error {
	closing, cut := context.WithCancel(context.Background())
	defer cut()
	server := &http.Server{
		Handler:           cutStreams(closing, h),
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		ErrorLog:          log.New(p.stderr, "", 0),
	}
	if c, ok := h.(interface {
		ConnState(net.Conn, http.ConnState)
	}); ok {
		server.ConnState = c.ConnState // it resets connections, idle ones too
	}
	if _, err := fmt.Fprintf(p.stdout, "listening on http://%s%s\n", l.Addr(), path); err != nil {
		l.Close()
		return fmt.Errorf("writing the address to stdout: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serving on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	cut()
	farewell, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewellTime)
	defer cancel()
	if server.Shutdown(farewell) != nil {
		server.Close()
	}
	<-ended
	return nil
}

// cutStreams ends GETs with closing; in MCP these are the listening streams.
func cutStreams(closing context.Context, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			ctx, cancel := context.WithCancel(r.Context())
			defer cancel()
			defer context.AfterFunc(closing, cancel)()
			r = r.WithContext(ctx)
		}
		next.ServeHTTP(w, r)
	})
}
