// Package redistest runs real Redis servers for tests, and does to them what happens in production: kills, hangs,
// restarts with nothing left.
package redistest

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/freeport"
	"github.com/parley-chat/parley/pkg/redisconn"
)

const (
	startTimeout = 20 * time.Second
	poll         = 10 * time.Millisecond
)

// Server is a redis-server without persistence on a port of its own. It ends with the test.
type Server struct {
	// Addr is host:port, the same after a restart.
	Addr string
	// Socket is the path of its Unix socket.
	Socket string

	dir  string
	args []string

	mu   sync.Mutex // guards the following
	cmd  *exec.Cmd
	out  *bytes.Buffer
	done chan struct{}
}

// Start runs a server and returns once it answers. args are added to its command line. A missing binary fails the test.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := launch(t, append([]string{"--save", "", "--appendonly", "no"}, args...)...)
	s.await(t)
	return s
}

// launch runs a server without waiting for its first answer.
func launch(t testing.TB, args ...string) *Server {
	t.Helper()
	// Not t.TempDir, whose names can be longer than a socket's path may be.
	dir, err := os.MkdirTemp("", "redis") //nolint:usetesting // see above
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	port := freePort(t)
	s := &Server{Addr: net.JoinHostPort("127.0.0.1", port), Socket: filepath.Join(dir, "s"), dir: dir}
	s.args = append(args,
		"--port", port, "--bind", "127.0.0.1", "--unixsocket", s.Socket, "--dir", dir, "--daemonize", "no")
	s.run(t)
	t.Cleanup(func() {
		s.signal(t, syscall.SIGKILL)
		s.wait()
	})
	return s
}

// freePort is a port on which nobody listened a moment ago.
func freePort(t testing.TB) string {
	t.Helper()
	port, err := freeport.Find()
	require.NoError(t, err)
	return strconv.Itoa(port)
}

func (s *Server) run(t testing.TB) {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatalf("this test needs the redis-server binary in PATH (Debian: apt-get install redis-server): %v", err)
	}
	out := &bytes.Buffer{}
	cmd := exec.Command(binary, s.args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = s.dir, out, out, dieWithParent()
	require.NoError(t, cmd.Start())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = cmd.Wait() // killed, as a rule
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cmd, s.out, s.done = cmd, out, done
}

// await returns once the server answers.
func (s *Server) await(t testing.TB) {
	t.Helper()
	deadline := time.Now().Add(startTimeout)
	for !s.answers() {
		select {
		case <-s.ended():
			t.Fatalf("redis-server ended: %s", s.out)
		case <-time.After(poll):
		}
		if time.Now().After(deadline) {
			t.Fatal("redis-server does not answer")
		}
	}
}

// answers tells whether a bare connection gets an answer: any will do, a refusal for want of a password too.
func (s *Server) answers() bool {
	c, err := net.DialTimeout("tcp", s.Addr, startTimeout)
	if err != nil {
		return false
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(startTimeout))
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	n, _ := c.Read(make([]byte, 1))
	return n == 1
}

func (s *Server) ended() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done
}

func (s *Server) wait() { <-s.ended() }

func (s *Server) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.done:
	default:
		_ = s.cmd.Process.Signal(sig)
	}
}

// URL is what redisconn.Open takes.
func (s *Server) URL() string { return "redis://" + s.Addr }

// Client connects to the server; it is closed with the test.
func (s *Server) Client(t testing.TB) redis.UniversalClient {
	t.Helper()
	return open(t, s.URL())
}

func open(t testing.TB, url string) redis.UniversalClient {
	t.Helper()
	client, err := redisconn.Open(url, "test")
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// Kill ends the server as a crash does (SIGKILL) and returns when it is gone.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	s.signal(t, syscall.SIGKILL)
	s.wait()
}

// Restart kills the server if it runs, and starts it again, empty, on the same port.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Kill(t)
	s.run(t)
	s.await(t)
}

// Pause makes the server hang (SIGSTOP): connections stay open and nothing is answered.
func (s *Server) Pause(t testing.TB) {
	t.Helper()
	s.signal(t, syscall.SIGSTOP)
}

// Resume ends Pause.
func (s *Server) Resume(t testing.TB) {
	t.Helper()
	s.signal(t, syscall.SIGCONT)
}
