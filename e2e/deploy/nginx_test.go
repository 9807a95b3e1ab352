package deploy_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/freeport"
)

// render gives nginx.conf for a bare host, its state under dir.
func render(t *testing.T, dir, web, port, apis, gateways string) string {
	t.Helper()
	for _, sub := range []string{"nginx", "logs"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, sub), 0o755))
	}
	config := run(t, "deploy/cluster/render.sh", "nginx", dir, web, port, apis, gateways)
	path := filepath.Join(dir, "nginx", "nginx.conf")
	require.NoError(t, os.WriteFile(path, []byte(config), 0o644))
	return path
}

func TestNginxConfigForContainers(t *testing.T) {
	nginx, dir := tool(t, "nginx"), t.TempDir()
	// Debian's nginx is older than `resolve`, and only Docker's DNS knows the names; the image's build runs nginx -t on
	// the file as it is.
	config := read(t, "nginx.conf")
	for old, stand := range map[string]string{
		"server api:8081 resolve":     "server 127.0.0.1:8081",
		"server gateway:8082 resolve": "server 127.0.0.1:8082",
		"/tmp/":                       dir + "/",
	} {
		require.Contains(t, config, old)
		config = strings.ReplaceAll(config, old, stand)
	}
	path := filepath.Join(dir, "nginx.conf")
	require.NoError(t, os.WriteFile(path, []byte(config), 0o644))
	run(t, nginx, "-t", "-q", "-c", path)
}

func TestNginxConfigForHost(t *testing.T) {
	nginx, dir := tool(t, "nginx"), t.TempDir()
	path := render(t, dir, dir, "18080", "1 2", "3 4 5")
	run(t, nginx, "-t", "-q", "-c", path)
	config, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, containers := range []string{"api:8081", "gateway:8082", " /tmp/", "/usr/share/nginx/html", "/dev/std", "127.0.0.11"} {
		for line := range strings.Lines(strings.ReplaceAll(string(config), dir, "")) {
			code, _, _ := strings.Cut(line, "#")
			require.NotContains(t, code, containers, "left from the container")
		}
	}
}

// door is a running nginx with two API nodes and two gateways behind it, one of each dead from the start.
type door struct {
	url, dir     string
	api, gateway *httptest.Server
}

func openDoor(t *testing.T, api, gateway http.HandlerFunc) door {
	t.Helper()
	nginx, dir := tool(t, "nginx"), t.TempDir()
	web := filepath.Join(dir, "web")
	require.NoError(t, os.MkdirAll(filepath.Join(web, "assets"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(web, "index.html"), []byte("<title>Parley</title>"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(web, "assets", "app-1a2b.js"), []byte("1"), 0o644))
	d := door{dir: dir, api: httptest.NewServer(api), gateway: httptest.NewServer(gateway)}
	t.Cleanup(d.api.Close)
	t.Cleanup(d.gateway.Close)
	port := freePort(t)
	d.url = "http://127.0.0.1:" + port
	dead := freePort(t)
	path := render(t, dir, web, port, dead+" "+portOf(d.api), dead+" "+portOf(d.gateway))

	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), nginx, "-e", filepath.Join(dir, "logs", "nginx.log"), "-c", path, "-g", "daemon off;")
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	require.Eventually(t, func() bool {
		resp, err := http.Get(d.url + "/healthz")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusNoContent
	}, 10*time.Second, 20*time.Millisecond)
	return d
}

func freePort(t *testing.T) string {
	t.Helper()
	port, err := freeport.Find()
	require.NoError(t, err)
	return strconv.Itoa(port)
}

func portOf(s *httptest.Server) string {
	return s.URL[strings.LastIndexByte(s.URL, ':')+1:]
}

// ask sends a request and gives the answer with its body.
func (d door) ask(t *testing.T, method, path, body string, header http.Header) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, d.url+path, strings.NewReader(body))
	require.NoError(t, err)
	for key, values := range header {
		req.Header[key] = values
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(text)
}

func echo(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	for _, key := range []string{"X-Request-Id", "X-Forwarded-For", "X-Forwarded-Proto", "Connection"} {
		fmt.Fprintf(w, "%s=%s\n", key, r.Header.Get(key))
	}
	fmt.Fprintf(w, "Host=%s\nPath=%s\n", r.Host, r.RequestURI)
}

func TestNginxTellsTheAPIWhoAsks(t *testing.T) {
	d := openDoor(t, echo, http.NotFound)
	_, body := d.ask(t, "GET", "/api/users?q=a%2Fb", "", http.Header{
		"X-Request-Id": {"from-the-client"}, "X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Proto": {"https"},
	})
	require.Contains(t, body, "X-Request-Id=from-the-client\n")
	require.Contains(t, body, "X-Forwarded-For=127.0.0.1\n", "a client can't choose its address")
	require.Contains(t, body, "X-Forwarded-Proto=https\n")
	require.Contains(t, body, "Path=/api/users?q=a%2Fb\n", "the path arrives as it was sent")
	require.Contains(t, body, "Host="+strings.TrimPrefix(d.url, "http://")+"\n")

	_, body = d.ask(t, "GET", "/api/users", "", http.Header{"X-Request-Id": {"bad id\t\""}})
	require.Regexp(t, `X-Request-Id=[0-9a-f]{32}\n`, body, "an id that could break a log line is replaced")
}

func TestNginxSkipsDeadNodes(t *testing.T) {
	var messages atomic.Int32
	d := openDoor(t, func(w http.ResponseWriter, r *http.Request) {
		messages.Add(1)
		echo(w, r)
	}, http.NotFound)
	for _, path := range []string{"/api/users?q=secret", "/api/invites/secret"} {
		resp, _ := d.ask(t, "GET", path, "", nil)
		require.Equal(t, http.StatusOK, resp.StatusCode)
	}
	errorLog, err := os.ReadFile(filepath.Join(d.dir, "logs", "nginx.log"))
	require.NoError(t, err)
	require.NotContains(t, string(errorLog), "secret")
	messages.Store(0)
	for i := range 10 {
		resp, _ := d.ask(t, "POST", "/api/conversations/1/messages", "{}", nil)
		require.Equal(t, http.StatusOK, resp.StatusCode, "request %d", i)
	}
	require.EqualValues(t, 10, messages.Load())
}

func TestNginxDoesNotRepeatAPostThatWasSent(t *testing.T) {
	var messages atomic.Int32
	d := openDoor(t, func(http.ResponseWriter, *http.Request) {
		messages.Add(1)
		panic(http.ErrAbortHandler) // dies with the request in hand
	}, http.NotFound)
	resp, body := d.ask(t, "POST", "/api/conversations/1/messages", "{}", nil)
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	require.Equal(t, "application/problem+json", strings.Split(resp.Header.Get("Content-Type"), ";")[0])
	require.Equal(t, "1", resp.Header.Get("Retry-After"))
	require.Contains(t, body, `"code":"unavailable"`)
	require.EqualValues(t, 1, messages.Load())
}

func TestNginxLimitsBodies(t *testing.T) {
	d := openDoor(t, echo, http.NotFound)
	resp, _ := d.ask(t, "POST", "/api/uploads", strings.Repeat("x", 26<<20), nil)
	require.Equal(t, http.StatusOK, resp.StatusCode, "an upload of 26 MiB passes")
	resp, body := d.ask(t, "POST", "/api/uploads", strings.Repeat("x", 28<<20), nil)
	require.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode)
	require.Contains(t, body, `"code":"payload_too_large"`)
}

func TestNginxServesTheClient(t *testing.T) {
	d := openDoor(t, echo, http.NotFound)
	cases := map[string]struct {
		status             int
		cache, body, ctype string
	}{
		"/":                     {200, "no-cache", "<title>Parley</title>", "text/html"},
		"/c/01JABC":             {200, "no-cache", "<title>Parley</title>", "text/html"},
		"/assets/app-1a2b.js":   {200, "public, max-age=31536000, immutable", "1", "application/javascript"},
		"/assets/app-gone.js":   {404, "", "404", "text/html"},
		"/metrics":              {200, "no-cache", "<title>Parley</title>", "text/html"}, // the client's page, not a node's
		"/reset?token=one-time": {200, "no-cache", "<title>Parley</title>", "text/html"},
	}
	for path, want := range cases {
		t.Run(path, func(t *testing.T) {
			resp, body := d.ask(t, "GET", path, "", nil)
			require.Equal(t, want.status, resp.StatusCode)
			require.Equal(t, want.cache, resp.Header.Get("Cache-Control"))
			require.Contains(t, body, want.body)
			require.Contains(t, resp.Header.Get("Content-Type"), want.ctype)
			policy := resp.Header.Get("Content-Security-Policy")
			for _, part := range []string{"default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
				require.Contains(t, policy, part)
			}
			require.NotContains(t, policy, "unsafe")
			require.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
		})
	}
	log, err := os.ReadFile(filepath.Join(d.dir, "logs", "nginx-access.log"))
	require.NoError(t, err)
	require.Contains(t, string(log), `"path":"/reset"`)
	require.NotContains(t, string(log), "one-time", "a token in a query must not be logged")
}

// TestNginxPassesSocketsOn upgrades through a dead gateway and a full one.
func TestNginxPassesSocketsOn(t *testing.T) {
	var asked atomic.Int32
	d := openDoor(t, http.NotFound, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 2 {
			http.Error(w, "full", http.StatusServiceUnavailable)
			return
		}
		if r.Header.Get("Upgrade") != "websocket" || r.Header.Get("Connection") != "upgrade" {
			http.Error(w, "not an upgrade", http.StatusBadRequest)
			return
		}
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		_ = rw.Flush()
		line, _ := rw.ReadString('\n')
		_, _ = rw.WriteString("heard " + line)
		_ = rw.Flush()
	})
	conn, err := net.Dial("tcp", strings.TrimPrefix(d.url, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	fmt.Fprint(conn, "GET /ws HTTP/1.1\r\nHost: parley\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n")
	reader := bufio.NewReader(conn)
	resp, err := http.ReadResponse(reader, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusSwitchingProtocols, resp.StatusCode)
	fmt.Fprint(conn, "hello\n")
	answer, err := reader.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "heard hello\n", answer)

	// The gateway says no, the other one is dead: the client hears no, at once.
	refused, _ := d.ask(t, "GET", "/ws", "", nil)
	require.Equal(t, http.StatusServiceUnavailable, refused.StatusCode)
}
