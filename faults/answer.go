package faults

import (
	"bytes"
	"cmp"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// write answers a request.
func (a *Answer) write(w http.ResponseWriter, q *request) {
	if a.zero() {
		a = &Seed
	}
	body := bytes.ReplaceAll([]byte(a.Body), []byte("{id}"), q.id())
	h := w.Header()
	if t := cmp.Or(a.ContentType, contentType(a.Body)); t != "" {
		h.Set("Content-Type", t)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	for name, value := range a.Header {
		h.Set(name, value)
	}
	status := a.Status
	if status < 200 || status > 599 {
		status = http.StatusInternalServerError // Validate names it
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // it fails only where nobody listens
}

func contentType(body string) string {
	switch {
	case body == "":
		return ""
	case strings.HasPrefix(body, "{"), strings.HasPrefix(body, "["):
		return "application/json"
	}
	return "text/plain; charset=utf-8"
}

// answer is what requests get while the outage lasts.
func (o *Outage) answer() *Answer {
	status := cmp.Or(o.Status, http.StatusServiceUnavailable)
	a := &Answer{Status: status, Body: http.StatusText(status)}
	if o.RetryAfter > 0 {
		seconds := math.Ceil(time.Duration(o.RetryAfter).Seconds())
		a.Header = map[string]string{"Retry-After": strconv.Itoa(int(seconds))}
	}
	return a
}
