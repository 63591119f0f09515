package proxy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Routes are several Proxies behind one address, each under its Path. It is an
// http.Handler, safe for concurrent use. Paths that belong to nobody are
// answered 404, with the paths that there are.
type Routes struct{ by map[string]*Proxy }

// NewRoutes makes Routes. The errors, joined, name the paths that two share.
func NewRoutes(proxies ...*Proxy) (*Routes, error) {
	r := &Routes{by: make(map[string]*Proxy)}
	var errs []error
	for _, p := range proxies {
		if r.by[p.path] != nil {
			errs = append(errs, fmt.Errorf("proxy: two upstreams under the path %s", p.shown))
		}
		r.by[p.path] = p
	}
	return r, errors.Join(errs...)
}

// ServeHTTP hands a request to the Proxy of its path.
func (r *Routes) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	path := req.URL.Path
	p := r.by[path]
	if p == nil {
		p = r.by[strings.TrimSuffix(path, "/")]
	}
	if p != nil {
		p.ServeHTTP(w, req)
		return
	}
	for at, p := range r.by {
		if _, ok := metadata(path, at); ok {
			p.ServeHTTP(w, req)
			return
		}
	}
	for _, p := range r.by {
		if err := p.guard.admit(req); err != nil {
			http.Error(w, "mcprecover: "+err.Error(), http.StatusForbidden)
			return
		}
	}
	paths := strings.Join(slices.Sorted(maps.Keys(r.by)), ", ")
	http.Error(w, fmt.Sprintf("mcprecover: nobody is at the path %.100q: there are %s", path, paths), http.StatusNotFound)
}

// Drain drains all Proxies at once.
func (r *Routes) Drain(ctx context.Context) (cut int) {
	var sum atomic.Int64
	var all sync.WaitGroup
	for _, p := range r.by {
		all.Go(func() { sum.Add(int64(p.Drain(ctx))) })
	}
	all.Wait()
	return int(sum.Load())
}
