package faults_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcprecover/mcprecover/faults"
)

func ping(s http.Handler) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("POST", "/mcp", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"ping"}`)))
	return w
}

func TestAnOutageLastsItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := faults.New(faults.Config{Handler: &server{}})
		if err != nil {
			t.Fatal(err)
		}
		s.Unavailable(faults.Outage{For: faults.Duration(10 * time.Second), RetryAfter: faults.Duration(time.Second), Status: 429})
		for range 10 {
			if w := ping(s); w.Code != 429 || w.Header().Get("Retry-After") != "1" {
				t.Fatalf("status %d, Retry-After %q; want 429 and 1", w.Code, w.Header().Get("Retry-After"))
			}
			time.Sleep(time.Second)
		}
		if w := ping(s); w.Code != 200 {
			t.Errorf("after ten seconds: status %d, want 200", w.Code)
		}
	})
}

func TestHeadersAreDelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := faults.New(faults.Config{Handler: &server{}, Plan: faults.Plan{Rules: []faults.Rule{
			{When: faults.When{At: 1}, What: faults.What{Delay: faults.Duration(time.Minute)}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []time.Duration{time.Minute, 0} {
			start := time.Now()
			if w := ping(s); w.Code != 200 || time.Since(start) != want {
				t.Errorf("status %d after %s, want 200 after %s", w.Code, time.Since(start), want)
			}
		}
	})
}

// TestADelayEndsWithItsClient, who sees no header although the tool ran.
func TestADelayEndsWithItsClient(t *testing.T) {
	ran := make(chan bool, 1)
	_, url := serve(t, faults.Config{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ran <- true
			w.WriteHeader(http.StatusOK)
		}),
		Plan: faults.Plan{Rules: []faults.Rule{{When: faults.When{At: 1}, What: faults.What{Delay: faults.Duration(time.Hour)}}}},
	})
	ctx, giveUp := context.WithCancel(t.Context())
	go func() { <-ran; giveUp() }()
	req, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client(t).Do(req); !errors.Is(err, context.Canceled) {
		t.Errorf("the client got %v, want only its own end", err)
	}
}
