//go:build interop

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// The modes in which a client works. All but plain and recovering stand in for a
// mcprecover that is broken: they prove that the harness would see it.
const (
	plain       = "plain"
	recovering  = "recovering"
	brokenTwice = "broken-twice" // sends every call twice
	brokenHang  = "broken-hang"  // never ends a call that failed
	brokenLie   = "broken-lie"   // answers a call that failed as if it had run
	brokenIdle  = "broken-idle"  // recovers nothing
)

var brokenModes = []string{brokenTwice, brokenHang, brokenLie, brokenIdle}

// broken is the RoundTripper of these modes.
type broken struct{ mode string }

func (b broken) RoundTrip(req *http.Request) (*http.Response, error) {
	n := calls(req)
	if n == "" {
		return http.DefaultTransport.RoundTrip(req)
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	send := func() (*http.Response, error) {
		again := req.Clone(req.Context())
		again.Body = io.NopCloser(bytes.NewReader(body))
		return http.DefaultTransport.RoundTrip(again)
	}
	resp, err := send()
	failed := err != nil || resp.StatusCode != http.StatusOK
	switch {
	case b.mode == brokenTwice && !failed:
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		return send()
	case b.mode == brokenHang && failed:
		<-req.Context().Done()
		return nil, req.Context().Err()
	case b.mode == brokenLie && failed:
		answer := fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":%q}]}}`, idOf(body), n)
		return &http.Response{
			StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
			Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(answer)),
			Body: io.NopCloser(strings.NewReader(answer)),
		}, nil
	}
	return resp, err
}

// idOf is the JSON-RPC id of a call.
func idOf(body []byte) json.RawMessage {
	var m struct {
		ID json.RawMessage `json:"id"`
	}
	_ = json.Unmarshal(body, &m) // it was parsed before
	return m.ID
}
