package gosdk

import (
	"context"
	"errors"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/door"
	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// ErrClosed is what a Session's methods answer after its Close.
var ErrClosed = door.ErrClosed

// Dialer says how to connect, the first time and again. Client and Dial are
// required.
type Dialer struct {
	// Client makes the connections; Connect adds Middleware to it.
	Client *mcp.Client

	// Dial gives the transport for a connection. It may give the same one each
	// time, if that can be connected more than once: what Wrap returns can.
	Dial func() mcp.Transport

	// Options are those of mcp.Client.Connect; may be nil. With a pinned
	// ProtocolVersion a Session cannot follow a server to another era.
	Options *mcp.ClientSessionOptions

	// Renewed is called after each recovery and each new connection: list
	// again what matters, since the server may be another one. It runs beside
	// the calls, one at a time, under a context that ends with the Session;
	// what happens meanwhile makes one more. It may use Do, but must not call
	// Close. Nil: nobody.
	Renewed func(ctx context.Context, cs *mcp.ClientSession)
}

// Session is a connection to one server that is replaced when nothing else can
// help it: when the SDK has closed it, or when the server now speaks another
// era of the protocol. Everything less is recovered inside the connection, by
// the engine of its transport. A Session is safe for concurrent use.
type Session struct {
	dialer Dialer
	keeper door.Session[*connection]
}

// connection is one of the SDK's sessions, and what tells that it has ended.
type connection struct {
	*mcp.ClientSession
	ended  chan struct{}
	unhear func() // stops the door from telling of recoveries
}

// Connect connects as client.Connect does, with the transport that dial gives,
// and keeps connected. It is Dialer.Connect with a Dialer of these.
func Connect(ctx context.Context, client *mcp.Client, dial func() mcp.Transport, opts *mcp.ClientSessionOptions) (*Session, error) {
	return Dialer{Client: client, Dial: dial, Options: opts}.Connect(ctx)
}

// Connect opens the first connection. ctx bounds that alone; later connections
// inherit its values, but not its end. Close the Session when it is done with.
func (d Dialer) Connect(ctx context.Context) (*Session, error) {
	if d.Client == nil || d.Dial == nil {
		return nil, errors.New("gosdk: a Dialer needs a Client and a Dial function")
	}
	attend(d.Client)
	s := &Session{dialer: d}
	s.keeper = door.Session[*connection]{Open: s.open, Shut: shut, Dead: (*connection).dead, Broken: broken}
	if d.Renewed != nil {
		s.keeper.Renewed = func(ctx context.Context, c *connection) { d.Renewed(ctx, c.ClientSession) }
	}
	if err := s.keeper.Connect(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Current is the SDK's session that the next Do would use, or the last one. It
// may have ended: use Do for calls.
func (s *Session) Current() *mcp.ClientSession { return s.keeper.Current().ClientSession }

// Do calls f, once, with a session that is not known to have ended; if the
// present one has, it connects first, or waits for another caller's attempt to.
// An error of f's comes back as it is. If it shows that only a new connection
// helps, one is opened behind, and the next Do has it.
//
// New connections are attempted one at a time and, while none of them served a
// call, with pauses of 0.5 to 30 s and jitter; ctx bounds the wait.
func (s *Session) Do(ctx context.Context, f func(context.Context, *mcp.ClientSession) error) error {
	return s.do(ctx, false, f)
}

// DoRepeatable is Do for an f that may run twice: where f's error shows that
// only a new connection helps, it waits for that and calls f once more. What f
// did before its error may then be done again.
func (s *Session) DoRepeatable(ctx context.Context, f func(context.Context, *mcp.ClientSession) error) error {
	return s.do(ctx, true, f)
}

func (s *Session) do(ctx context.Context, again bool, f func(context.Context, *mcp.ClientSession) error) error {
	return s.keeper.Do(ctx, again, func(ctx context.Context, c *connection) error { return f(ctx, c.ClientSession) })
}

// Close ends the session, with the error of the SDK's Close. Later calls of Do
// fail with ErrClosed.
func (s *Session) Close() error { return s.keeper.Close() }

func (s *Session) open(ctx context.Context) (*connection, error) {
	t := s.dialer.Dial()
	if t == nil {
		return nil, errors.New("gosdk: the Dial function gave no transport")
	}
	cs, err := s.dialer.Client.Connect(ctx, t, s.dialer.Options)
	if err != nil {
		return nil, err
	}
	c := &connection{ClientSession: cs, ended: make(chan struct{}), unhear: func() {}}
	go func() {
		_ = cs.Wait()
		close(c.ended)
	}()
	if st, ok := t.(*mcp.StreamableClientTransport); ok {
		if d := door.Of(st.HTTPClient); d != nil {
			c.unhear = d.OnRenewed(func(r nethttp.Renewal) {
				if r.SessionID == cs.ID() {
					s.keeper.Renew()
				}
			})
		}
	}
	return c, nil
}

func shut(c *connection) error {
	c.unhear()
	return c.Close()
}

func (c *connection) dead() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// pingWithin bounds the question whether a connection is really closed. A
// closed one answers at once; an open one means that the server answers.
const pingWithin = 5 * time.Second

// broken reports whether only a new connection helps after err.
func broken(ctx context.Context, c *connection, err error) bool {
	var rpc *jsonrpc.Error
	switch {
	case c.dead(), errors.Is(err, mcp.ErrSessionMissing), door.OnlyReconnecting(err):
		return true
	case errors.As(err, &rpc) && rpc.Code == mcp.CodeUnsupportedProtocolVersion:
		return true
	}
	if !errors.Is(err, mcp.ErrConnectionClosed) {
		return false
	}
	// The SDK says the same of a server's own errors -32003 and -32004.
	ctx, cancel := context.WithTimeout(ctx, pingWithin)
	defer cancel()
	return errors.Is(c.Ping(ctx, nil), mcp.ErrConnectionClosed)
}
