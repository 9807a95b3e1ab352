package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/httpapi"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/peer"
)

// routes is a module of a test's own.
type routes []httpapi.Route

func (r routes) Routes() []httpapi.Route { return r }

// nobody signs nobody in.
type nobody struct{}

func (nobody) Authenticate(context.Context, string) (service.Viewer, error) {
	return service.Viewer{}, service.Refuse(service.CodeUnauthenticated, "nobody")
}

// oneOf is a service of sign-up that does what it is told to.
type oneOf struct {
	httpapi.AuthService
	signup func(context.Context) error
}

func (s oneOf) Signup(ctx context.Context, _ service.NewAccount, _ service.Device) (service.SignedIn, error) {
	return service.SignedIn{}, s.signup(ctx)
}

func serve(t *testing.T, opts httpapi.Options) (address string) {
	t.Helper()
	opts.Auth, opts.Peers = nobody{}, peer.NewRules(nil)
	server := httptest.NewServer(httpapi.New(opts))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// problemAt reads a problem document and checks its status.
func problemAt(t *testing.T, res *http.Response) httpapi.Problem {
	t.Helper()
	defer res.Body.Close()
	var p httpapi.Problem
	require.NoError(t, json.NewDecoder(res.Body).Decode(&p))
	require.Equal(t, res.StatusCode, p.Status)
	return p
}

func TestTooManyAtOnce(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	address := serve(t, httpapi.Options{MaxConcurrent: 1, Modules: []httpapi.Module{routes{{
		Method: get, Path: "/x", Public: true, Handler: func(c echo.Context) error {
			entered <- struct{}{}
			<-release
			return c.NoContent(http.StatusNoContent)
		},
	}}}})
	first := make(chan int, 1)
	go func() {
		res, err := http.Get("http://" + address + "/x")
		if err != nil {
			first <- 0
			return
		}
		res.Body.Close()
		first <- res.StatusCode
	}()
	<-entered
	res, err := http.Get("http://" + address + "/x")
	require.NoError(t, err)
	require.Equal(t, service.CodeUnavailable, problemAt(t, res).Code)
	requireRetrySoon(t, res)
	close(release)
	require.Equal(t, 204, <-first)
}

// requireRetrySoon wants what a busy node says to all whom it refuses.
func requireRetrySoon(t *testing.T, res *http.Response) {
	t.Helper()
	seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
	require.NoError(t, err)
	require.True(t, 1 <= seconds && seconds <= 4, "Retry-After: %d", seconds)
}

func TestTimeout(t *testing.T) {
	auth := httpapi.NewAuth(oneOf{signup: func(ctx context.Context) error {
		<-ctx.Done()
		return fmt.Errorf("sign up: %w", ctx.Err())
	}}, httpapi.NewLimiter(nil), httpapi.AuthLimits{}, peer.NewRules(nil))
	address := serve(t, httpapi.Options{Timeout: 50 * time.Millisecond, Modules: []httpapi.Module{auth}})
	res, err := http.Post("http://"+address+signup, "application/json", bytes.NewReader([]byte("{}")))
	require.NoError(t, err)
	require.Equal(t, service.CodeUnavailable, problemAt(t, res).Code)
}

// A body that doesn't come doesn't hold a request for longer than its time; one that ends too early is refused. Neither is
// a fault of ours.
func TestBodiesThatDoNotCome(t *testing.T) {
	var log bytes.Buffer
	auth := httpapi.NewAuth(oneOf{}, httpapi.NewLimiter(nil), httpapi.AuthLimits{}, peer.NewRules(nil))
	address := serve(t, httpapi.Options{
		Timeout: 100 * time.Millisecond, Modules: []httpapi.Module{auth},
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	for name, want := range map[string]service.Code{"hangs": service.CodeUnavailable, "ends": service.CodeInvalidJSON} {
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		defer conn.Close()
		_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", signup)
		require.NoError(t, err)
		if name == "ends" {
			require.NoError(t, conn.(*net.TCPConn).CloseWrite())
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err, name)
		require.Equal(t, want, problemAt(t, res).Code, name)
	}
	require.Empty(t, log.String())
}
