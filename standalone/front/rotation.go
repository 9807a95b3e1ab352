package front

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
)

// rotation sends each request to the next of several nodes, and on when one can't be
// connected to or says, before anything was done, that it takes no more.
type rotation struct {
	base  http.RoundTripper
	addrs []string
	next  atomic.Uint64
}

func newRotation(base http.RoundTripper, addrs []string) *rotation {
	return &rotation{base: base, addrs: addrs}
}

// RoundTrip tries each node once. A request with a body is tried again only if no connection was
// made: then the body is untouched.
func (r *rotation) RoundTrip(req *http.Request) (*http.Response, error) {
	start := r.next.Add(1)
	var last error
	for i := range uint64(len(r.addrs)) {
		out := req.Clone(req.Context())
		out.URL.Host = r.addrs[(start+i)%uint64(len(r.addrs))]
		resp, err := r.base.RoundTrip(out)
		switch {
		case err == nil && resp.StatusCode == http.StatusServiceUnavailable && i+1 < uint64(len(r.addrs)) && req.Method == http.MethodGet:
			_ = resp.Body.Close()
			last = fmt.Errorf("%s takes no more", out.URL.Host)
		case err == nil:
			return resp, nil
		case dialFailed(err):
			last = err
		default:
			return nil, fmt.Errorf("pass on: %w", err)
		}
	}
	return nil, fmt.Errorf("pass on: %w", last)
}

func dialFailed(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
