package httpapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/httpapi"
	"github.com/parley-chat/parley/pkg/peer"
)

// desk is a server whose requests run until they are told to end.
type desk struct {
	http.Handler
	// entered is told of each request that begins to run, by its query; end lets one end.
	entered chan string
	end     chan struct{}
}

func newDesk(opts httpapi.Options) *desk {
	d := &desk{entered: make(chan string, 10), end: make(chan struct{})}
	work := func(c echo.Context) error {
		d.entered <- c.QueryParam("who")
		<-d.end
		return c.NoContent(http.StatusNoContent)
	}
	opts.Auth, opts.Peers = nobody{}, peer.NewRules(nil)
	opts.Modules = []httpapi.Module{routes{
		{Method: get, Path: "/work", Public: true, Handler: work},
		{Method: get, Path: "/upload", Public: true, Handler: work, Timeout: time.Minute},
	}}
	d.Handler = httpapi.New(opts)
	return d
}

// ask returns once the request runs, or waits for others.
func (d *desk) ask(ctx context.Context, path string) chan *http.Response {
	answer := make(chan *http.Response, 1)
	go func() {
		rec := httptest.NewRecorder()
		d.ServeHTTP(rec, httptest.NewRequestWithContext(ctx, get, path, nil))
		answer <- rec.Result()
	}()
	synctest.Wait()
	return answer
}

func TestRequestsWaitForThoseThatRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(httpapi.Options{MaxRunning: 1, MaxWait: time.Second})
		first, second, third := d.ask(t.Context(), "/work?who=1"), d.ask(t.Context(), "/work?who=2"), d.ask(t.Context(), "/work?who=3")
		require.Equal(t, "1", <-d.entered)
		require.Empty(t, d.entered, "one runs at a time")

		d.end <- struct{}{}
		require.Equal(t, 204, (<-first).StatusCode)
		require.Equal(t, "2", <-d.entered, "who came first runs first")

		time.Sleep(time.Second)
		res := <-third
		require.Equal(t, 503, res.StatusCode, "no longer than a second")
		requireRetrySoon(t, res)

		d.end <- struct{}{}
		require.Equal(t, 204, (<-second).StatusCode)
		require.Empty(t, d.entered)
	})
}

// Who went away is not worked for, and takes nobody's place.
func TestARequestWhoseClientWentAwayDoesNotRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(httpapi.Options{MaxRunning: 1})
		first := d.ask(t.Context(), "/work?who=1")
		ctx, leave := context.WithCancel(t.Context())
		d.ask(ctx, "/work?who=2")
		third := d.ask(t.Context(), "/work?who=3")
		leave()
		synctest.Wait()
		require.Equal(t, "1", <-d.entered)
		d.end <- struct{}{}
		<-first
		require.Equal(t, "3", <-d.entered)
		d.end <- struct{}{}
		require.Equal(t, 204, (<-third).StatusCode)
	})
}

// Uploads wait for bytes, not for the processor: others run beside them.
func TestUploadsHoldNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(httpapi.Options{MaxRunning: 1})
		upload, work := d.ask(t.Context(), "/upload?who=upload"), d.ask(t.Context(), "/work?who=1")
		require.Equal(t, "upload", <-d.entered)
		require.Equal(t, "1", <-d.entered)
		d.end <- struct{}{}
		d.end <- struct{}{}
		require.Equal(t, 204, (<-upload).StatusCode)
		require.Equal(t, 204, (<-work).StatusCode)
	})
}
