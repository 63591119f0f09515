package gosdk

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"weak"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/door"
	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// Middleware is for mcp.Client.AddSendingMiddleware. It does two things; more
// than one of it on a client does no more.
//
// Errors that came inside a stream, and so could not be Go errors, become
// *nethttp.Errors that unwrap to the SDK's own.
//
// From answers to tools/list it learns which tools are read-only or idempotent
// by their annotations. Those may be repeated after a failure that may have
// come after they ran. This is void when a recovery finds another server, and
// where the engine's SafeTool is set, that alone decides. A server's word is
// enough here, since it is the one that is called twice.
func Middleware(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		ctx, p := door.Watch(ctx, method)
		res, err := next(ctx, method, req)
		if err != nil {
			return res, lift(p, err)
		}
		p.Meet(res)
		if list, ok := res.(*mcp.ListToolsResult); ok && list != nil {
			p.Learn(firstPage(req), safeTools(list.Tools))
		}
		return res, nil
	}
}

// lift gives an error its *nethttp.Error, if it tells of one.
func lift(p *door.Passage, err error) error {
	var typed *nethttp.Error
	var rpc *jsonrpc.Error
	if !errors.As(err, &typed) && errors.As(err, &rpc) {
		if lifted := p.Lift(rpc.Code, rpc.Message, rpc.Data, err); lifted != nil {
			return lifted
		}
	}
	return err
}

func firstPage(req mcp.Request) bool {
	params, ok := req.GetParams().(*mcp.ListToolsParams)
	return !ok || params == nil || params.Cursor == ""
}

// safeTools says of each tool whether running it twice does no harm (MCP
// specification, ToolAnnotations).
func safeTools(tools []*mcp.Tool) map[string]bool {
	safe := make(map[string]bool, len(tools))
	for _, t := range tools {
		safe[t.Name] = t.Annotations != nil && (t.Annotations.ReadOnlyHint || t.Annotations.IdempotentHint)
	}
	return safe
}

// attended are the clients that Connect gave the Middleware. They are not kept
// alive by it.
var attended struct {
	sync.Mutex
	clients map[weak.Pointer[mcp.Client]]bool
}

// attend gives a client the Middleware, once.
func attend(c *mcp.Client) {
	attended.Lock()
	defer attended.Unlock()
	p := weak.Make(c)
	if attended.clients[p] {
		return
	}
	if attended.clients == nil {
		attended.clients = map[weak.Pointer[mcp.Client]]bool{}
	}
	attended.clients[p] = true
	runtime.AddCleanup(c, forsake, p)
	c.AddSendingMiddleware(Middleware)
}

func forsake(p weak.Pointer[mcp.Client]) {
	attended.Lock()
	defer attended.Unlock()
	delete(attended.clients, p)
}
