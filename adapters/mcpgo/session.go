package mcpgo

import (
	"context"
	"errors"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/mcprecover/mcprecover/adapters/door"
	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// ErrClosed is what a Session's methods answer after its Close.
var ErrClosed = door.ErrClosed

// Dialer says how to connect, the first time and again. Dial is required.
type Dialer struct {
	// Dial makes a client, with its handlers set, that was not started yet. It
	// makes a new one each time: initializing a client a second time races with
	// the calls on it, and the SDK's transports end with their client.
	Dial func() (*client.Client, error)

	// Hello initializes each client.
	Hello mcp.InitializeRequest

	// Renewed is called after each recovery and each new connection: list
	// again what matters, since the server may be another one. It runs beside
	// the calls, one at a time, under a context that ends with the Session;
	// what happens meanwhile makes one more. It may use Do, but must not call
	// Close. Nil: nobody.
	Renewed func(ctx context.Context, c *client.Client)
}

// Session is a connection to one server that is replaced when nothing else can
// help it: when the SDK holds its session for ended, or when the server now
// speaks another era of the protocol. Everything less is recovered inside the
// connection, by the engine of its transport. A Session is safe for concurrent
// use.
type Session struct {
	dialer Dialer
	keeper door.Session[*connection]
}

// connection is one client, and what stops its door from telling of recoveries.
type connection struct {
	*client.Client
	unhear func()
}

// Connect makes a client, starts and initializes it, and keeps connected. It is
// Dialer.Connect with a Dialer of these.
func Connect(ctx context.Context, dial func() (*client.Client, error), hello mcp.InitializeRequest) (*Session, error) {
	return Dialer{Dial: dial, Hello: hello}.Connect(ctx)
}

// Connect opens the first connection. ctx bounds that alone; later connections
// inherit its values, but not its end. Close the Session when it is done with.
func (d Dialer) Connect(ctx context.Context) (*Session, error) {
	if d.Dial == nil {
		return nil, errors.New("mcpgo: a Dialer needs a Dial function")
	}
	s := &Session{dialer: d}
	s.keeper = door.Session[*connection]{Open: s.open, Shut: shut, Dead: neverDead, Broken: broken}
	if d.Renewed != nil {
		s.keeper.Renewed = func(ctx context.Context, c *connection) { d.Renewed(ctx, c.Client) }
	}
	if err := s.keeper.Connect(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Current is the client that the next Do would use. It may be broken: use Do
// for calls.
func (s *Session) Current() *client.Client { return s.keeper.Current().Client }

// Do calls f, once, with a client that is not known to be broken; if the
// present one is, it waits for a new one first. An error of f's comes back as it
// is. If it shows that only a new connection helps, one is opened behind, and
// the next Do has it.
//
// New connections are attempted one at a time and, while none of them served a
// call, with pauses of 0.5 to 30 s and jitter; ctx bounds the wait.
func (s *Session) Do(ctx context.Context, f func(context.Context, *client.Client) error) error {
	return s.do(ctx, false, f)
}

// DoRepeatable is Do for an f that may run twice: where f's error shows that
// only a new connection helps, it waits for that and calls f once more. What f
// did before its error may then be done again.
func (s *Session) DoRepeatable(ctx context.Context, f func(context.Context, *client.Client) error) error {
	return s.do(ctx, true, f)
}

func (s *Session) do(ctx context.Context, again bool, f func(context.Context, *client.Client) error) error {
	return s.keeper.Do(ctx, again, func(ctx context.Context, c *connection) error { return f(ctx, c.Client) })
}

// Close ends the session. Later calls of Do fail with ErrClosed.
func (s *Session) Close() error { return s.keeper.Close() }

func (s *Session) open(ctx context.Context) (*connection, error) {
	c, err := s.dialer.Dial()
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, errors.New("mcpgo: the Dial function gave no client")
	}
	if err := c.Start(s.keeper.Context()); err != nil { // the listening stream lives on it
		return nil, err
	}
	if _, err := c.Initialize(ctx, s.dialer.Hello); err != nil {
		_ = c.Close()
		return nil, err
	}
	conn := &connection{Client: c, unhear: func() {}}
	if t, ok := c.GetTransport().(*Transport); ok {
		conn.unhear = t.door.OnRenewed(func(r nethttp.Renewal) {
			if r.SessionID == t.GetSessionId() {
				s.keeper.Renew()
			}
		})
	}
	return conn, nil
}

func shut(c *connection) error {
	c.unhear()
	return c.Close()
}

// neverDead: a client of this SDK has no end of its own.
func neverDead(*connection) bool { return false }

// broken reports whether only a new connection helps after err: the SDK holds
// the session for ended, or the server speaks another version of the protocol
// than this connection.
func broken(_ context.Context, _ *connection, err error) bool {
	return errors.Is(err, transport.ErrSessionTerminated) || mcp.IsUnsupportedProtocolVersion(err) || door.OnlyReconnecting(err)
}
