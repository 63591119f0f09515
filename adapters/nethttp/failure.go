package nethttp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"

	"github.com/mcprecover/mcprecover/classify"
)

// failureOf says how far a request got that ended in a Go error instead of an
// answer. What is not known to have stayed here is taken as sent: only then a
// resend is never a second run.
//
// ours marks a context of the engine's own, with a time limit of its own: to
// run out of that is the server's failure, and nobody gave up.
func failureOf(ctx context.Context, ours bool, err error) classify.Reason {
	switch ended := ctx.Err(); {
	case ended == context.DeadlineExceeded && ours:
		return classify.TimedOut
	case ended != nil:
		return classify.Cancelled
	case neverSent(err):
		return classify.NeverSent
	case timedOut(err):
		return classify.TimedOut
	}
	return classify.MaybeSent
}

// neverSent: no connection was made, so nothing was written.
func neverSent(err error) bool {
	var (
		op       *net.OpError
		dns      *net.DNSError
		verify   *tls.CertificateVerificationError
		record   tls.RecordHeaderError
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		refusal  *refusal
	)
	switch {
	case errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect"),
		errors.As(err, &dns),
		errors.As(err, &verify),
		errors.As(err, &record) && record.Conn != nil, // nil: after the handshake, and perhaps after the request
		errors.As(err, &unknown),
		errors.As(err, &hostname),
		errors.As(err, &refusal):
		return true
	}
	return errors.Is(err, http.ErrSkipAltProtocol)
}

func timedOut(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// refusal is a request that this package did not let out.
type refusal struct{ why string }

func (r *refusal) Error() string { return "mcprecover: " + r.why }

// refuse ends a request that was not sent.
func refuse(req *http.Request, err error) (*http.Response, error) {
	closeRequest(req)
	return nil, err
}
