package main

import (
	"io"
	"log"
	"net/http"
	"time"

	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/hashicorp/go-retryablehttp"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/policy"
)

// wait is what every client waits at least before it tries again: what is
// measured is their work, not their patience.
const wait = time.Millisecond

// client is one way of making HTTP calls that may have to be made again.
type client struct {
	name string
	make func() (hc *http.Client, done func())
}

var clients = []client{
	{"bare http.Transport", func() (*http.Client, func()) {
		base := &http.Transport{}
		return &http.Client{Transport: base}, base.CloseIdleConnections
	}},
	{"mcprecover", func() (*http.Client, func()) {
		base := &http.Transport{}
		p := policy.Default()
		p.Refused = policy.RefusedCurve{Curve: policy.Curve{Base: policy.Duration(wait), Cap: policy.Duration(wait), Growth: 1}, Min: policy.Duration(wait)}
		p.Pacing.Every = 0 // a lost session a millisecond is no real life,
		p.Tokens.Cost = 0  // nor is a 503 to every call
		p.HoldReset = policy.Duration(wait)
		p.Handshake = policy.Curve{Base: policy.Duration(wait), Cap: policy.Duration(wait), Growth: 1}
		rt := &nethttp.Transport{Base: base, Policy: &p}
		return &http.Client{Transport: rt}, func() { rt.Close(); base.CloseIdleConnections() }
	}},
	{"go-retryablehttp", func() (*http.Client, func()) {
		base := &http.Transport{}
		c := retryablehttp.NewClient()
		c.HTTPClient = &http.Client{Transport: base}
		c.RetryWaitMin, c.RetryWaitMax = wait, wait
		c.Logger = log.New(io.Discard, "", 0)
		return c.StandardClient(), base.CloseIdleConnections
	}},
	{"failsafe-go", func() (*http.Client, func()) {
		base := &http.Transport{}
		retry := failsafehttp.NewRetryPolicyBuilder().WithDelay(wait).Build()
		return &http.Client{Transport: failsafehttp.NewRoundTripper(base, retry)}, base.CloseIdleConnections
	}},
}
