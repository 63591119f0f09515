package door

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/classify"
)

// harmless keeps from the SDK what would end its client. The engine hands up
// raw: challenges, which only some SDKs with some settings can use, what no
// later sending could better, and JSON-RPC answers whatever their status.
// Stale answers to sessions that the engine does not know stay raw: they tell
// the SDK that its session is gone.
func (d *Door) harmless(req *http.Request, resp *http.Response) (*http.Response, error) {
	if resp.StatusCode < 300 && (resp.ContentLength == 0 || expected(resp.Header)) || slices.Contains(d.sdk.Challenges, resp.StatusCode) || follows(resp) {
		return resp, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, classify.MaxBody)) // the engine holds that much already
	if err != nil {
		body = nil
	}
	v := d.engine.Rules.Of(classify.Observation{
		Method: req.Method, HadSession: req.Header.Get("Mcp-Session-Id") != "",
		Status: resp.StatusCode, Header: resp.Header, Body: body,
	})
	answer := isAnswer(body)
	if v.Class != classify.OK && v.Class != classify.Stale && !answer {
		resp.Body.Close()
		return nil, failure(req, resp.StatusCode, v)
	}
	resp.Body = &peeked{io.MultiReader(bytes.NewReader(body), resp.Body), resp.Body}
	if answer && resp.StatusCode == http.StatusNotFound && d.sdk.NoAnswerIn404 {
		resp.StatusCode, resp.Status = http.StatusOK, "200 OK"
		resp.Header.Set("Content-Type", "application/json")
	}
	return resp, nil
}

// follows reports whether http.Client sends the very request again elsewhere.
func follows(resp *http.Response) bool {
	status := resp.StatusCode
	return (status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect) && resp.Header.Get("Location") != ""
}

// failure makes an answer that the SDK must not see an error. It leaves the
// body out, which may hold secrets.
func failure(req *http.Request, status int, v classify.Verdict) *nethttp.Error {
	e := &nethttp.Error{
		Class: v.Class, Reason: v.Reason, Executed: v.Executed, Method: req.Method, URL: where(req.URL),
		Status: status, Attempts: 1,
	}
	if p := passageOf(req.Context()); p != nil {
		e.Method = p.method
	}
	if v.Class == classify.Auth {
		e.Hint = "the server wants other credentials than this client sends"
	}
	return e
}

// expected: what MCP answers a POST with (basic/transports).
func expected(h http.Header) bool {
	t := h.Get("Content-Type")
	return strings.HasPrefix(t, "application/json") || strings.HasPrefix(t, "text/event-stream")
}

// isAnswer reports whether a body is one JSON-RPC answer to a call.
func isAnswer(body []byte) bool {
	var m struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Error  json.RawMessage `json:"error"`
	}
	return json.Unmarshal(body, &m) == nil && m.Method == "" && m.Error != nil && m.ID != nil && string(m.ID) != "null"
}

// peeked is a body whose start was read before.
type peeked struct {
	io.Reader
	io.Closer
}

// where names an endpoint without what may be secret in its URL.
func where(u *url.URL) string { return u.Scheme + "://" + u.Host + u.Path }
