package proxy_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// TestAnOfferToUpgradeEndsAtTheProxy: Java's HttpClient offers HTTP/2 with every
// request on plain HTTP, as RFC 7540 section 3.2 has it. To pass that on would
// fail towards a server that speaks HTTP/2, and make a stream of bytes of the
// connection to one that takes the offer.
func TestAnOfferToUpgradeEndsAtTheProxy(t *testing.T) {
	for _, c := range []struct {
		name, proto string
		http2       bool
	}{{"HTTP/1.1", "HTTP/1.1", false}, {"HTTP/2 over TLS", "HTTP/2.0", true}} {
		t.Run(c.name, func(t *testing.T) {
			asked := make(chan *http.Request, 1)
			upstream := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked <- r
				if offer := r.Header.Get("Upgrade"); offer != "" {
					w.Header().Set("Connection", "Upgrade")
					w.Header().Set("Upgrade", offer)
					w.WriteHeader(http.StatusSwitchingProtocols)
					return
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":{}}`)
			}))
			if upstream.EnableHTTP2 = c.http2; c.http2 {
				upstream.StartTLS()
			} else {
				upstream.Start()
			}
			defer upstream.Close()
			engine := &nethttp.Transport{Base: upstream.Client().Transport, Shared: true}
			defer engine.Close()
			front := httptest.NewServer(newProxy(t, upstream.URL+"/mcp", engine))
			defer front.Close()

			for _, body := range []string{helloText, callText} {
				req, err := http.NewRequestWithContext(t.Context(), "POST", front.URL+"/mcp", strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Connection", "Upgrade, HTTP2-Settings")
				req.Header.Set("Upgrade", "h2c")
				req.Header.Set("HTTP2-Settings", "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA")
				req.Header.Set("Content-Type", "application/json")
				resp, err := front.Client().Do(req)
				if err != nil {
					t.Fatal(err)
				}
				text, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || resp.StatusCode != 200 || string(text) != `{"jsonrpc":"2.0","id":1,"result":{}}` {
					t.Errorf("the client got %d %s, %v", resp.StatusCode, text, err)
				}
				select {
				case r := <-asked:
					if r.Proto != c.proto {
						t.Errorf("the upstream was asked in %s", r.Proto)
					}
					for _, name := range []string{"Connection", "Upgrade", "Http2-Settings"} {
						if v := r.Header[name]; v != nil {
							t.Errorf("the upstream was sent %s: %q", name, v)
						}
					}
				default:
					t.Error("the upstream was not asked")
				}
			}
		})
	}
}
