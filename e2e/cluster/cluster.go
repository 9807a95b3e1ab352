// Package cluster runs the production shape for tests, as `make cluster` does and by the same script: Redis, API nodes,
// gateways and nginx, each a process of its own, on free ports and in a directory of its own; and it kills them.
package cluster

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// How many nodes of a kind there are.
const (
	APIs     = 2
	Gateways = 3
)

// Cluster is a running one. Stop it after use; if the test process dies, it stops by itself.
type Cluster struct {
	dir  string
	env  []string
	base int // the first of its ports

	keeper  *exec.Cmd
	release io.Closer
}

// Root is the repository's directory.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// Built is the environment variable that names a directory which has the servers already; without it they are built.
const Built = "E2E_BIN_DIR"

// binaries builds the servers once for all clusters of a test process.
var binaries = sync.OnceValues(func() (string, error) {
	if dir := os.Getenv(Built); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.MkdirTemp("", "parley-bin-")
	if err != nil {
		return "", fmt.Errorf("directory for binaries: %w", err)
	}
	if err := Build(dir); err != nil {
		_ = os.RemoveAll(dir)
		return "", err
	}
	return dir, nil
})

// Build builds the servers into a directory, with more flags for "go build" if need be.
func Build(dir string, flags ...string) error {
	args := append([]string{"build", "-p", "2", "-tags", tags, "-o", dir + "/"}, flags...)
	build := exec.Command("go", append(args, "./api/cmd/parley-api", "./gateway/cmd/parley-gateway", "./standalone/cmd/parley")...)
	build.Dir = Root()
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the servers: %w\n%s", err, out)
	}
	return nil
}

// Binary builds the servers, the first time, and tells where one of them is: parley, parley-api, parley-gateway.
func Binary(name string) (string, error) {
	dir, err := binaries()
	return filepath.Join(dir, name), err
}

// RemoveBinaries removes what was built, at the end of the test process.
func RemoveBinaries() {
	if dir, err := binaries(); err == nil && os.Getenv(Built) == "" {
		_ = os.RemoveAll(dir)
	}
}

// Start starts a cluster that keeps everything under dir, and waits until all of it is ready. settings are added to the
// nodes' environment, "PARLEY_…=value" each; nothing of this process's own settings reaches them.
func Start(dir string, settings ...string) (*Cluster, error) {
	return StartThrough(dir, nil, settings...)
}

// StartThrough is Start for a cluster whose nodes find each other by proxies: lead, if not nil, is called as soon as the
// addresses are chosen and before anybody uses them.
func StartThrough(dir string, lead func(*Cluster), settings ...string) (*Cluster, error) {
	parley, err := Binary("parley")
	if err != nil {
		return nil, err
	}
	base, err := freePorts()
	if err != nil {
		return nil, err
	}
	web := filepath.Join(dir, "web")
	if err := os.MkdirAll(web, 0o755); err != nil {
		return nil, fmt.Errorf("directory for a cluster: %w", err)
	}
	if err := os.WriteFile(filepath.Join(web, "index.html"), []byte("<title>Parley</title>"), 0o644); err != nil {
		return nil, fmt.Errorf("web client's place: %w", err)
	}
	c := &Cluster{dir: filepath.Join(dir, "run"), base: base}
	c.env = append(CleanEnv(),
		"CLUSTER_RUN_DIR="+c.dir, "CLUSTER_BIN_DIR="+filepath.Dir(parley), "CLUSTER_WEB_ROOT="+web, "CLUSTER_PROMETHEUS_PORT=0",
		"CLUSTER_HTTP_PORT="+strconv.Itoa(base), "CLUSTER_REDIS_PORT="+strconv.Itoa(base+1),
		"CLUSTER_APIS="+strconv.Itoa(APIs), "CLUSTER_API_PORT="+strconv.Itoa(base+10),
		"CLUSTER_GATEWAYS="+strconv.Itoa(Gateways), "CLUSTER_GATEWAY_PORT="+strconv.Itoa(base+20),
		// Passwords need no protection from patience here, and everybody signs up from one address.
		"PARLEY_BCRYPT_COST=4", "PARLEY_SIGNUP_RATE=0", "PARLEY_LOGIN_RATE=0", "PARLEY_DRAIN_TIMEOUT=2s")
	c.env = append(c.env, settings...)
	if lead != nil {
		lead(c)
	}
	if err := c.keep(); err != nil {
		return nil, err
	}
	if err := c.command("start"); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

// CleanEnv is this process's environment without what configures servers.
func CleanEnv() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "PARLEY_") || strings.HasPrefix(v, "CLUSTER_") || strings.HasPrefix(v, "CLOUDINARY_") || strings.HasPrefix(v, "RESEND_")
	})
}

// keep starts a process that stops the cluster when its standard input ends: on Stop, and when this process dies,
// however it does.
func (c *Cluster) keep() error {
	c.keeper = exec.Command("bash", "-c", `cat >/dev/null; exec "$0" stop >/dev/null 2>&1`, c.script())
	c.keeper.Env = c.env
	c.keeper.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	stdin, err := c.keeper.StdinPipe()
	if err != nil {
		return fmt.Errorf("keep the cluster: %w", err)
	}
	c.release = stdin
	if err := c.keeper.Start(); err != nil {
		return fmt.Errorf("keep the cluster: %w", err)
	}
	return nil
}

// Stop ends all processes and waits for that.
func (c *Cluster) Stop() {
	_ = c.release.Close()
	_ = c.keeper.Wait()
}

// Base is the address of nginx, the one door.
func (c *Cluster) Base() string { return c.address(c.base) }

// API is the address of an API node, counted from 1.
func (c *Cluster) API(n int) string { return c.address(c.base + 10 + n - 1) }

// Gateway is the address of a gateway, counted from 1.
func (c *Cluster) Gateway(n int) string { return c.address(c.base + 20 + n - 1) }

// Listens is where a node (api-1, gateway-2, redis, nginx) listens, host and port; "" for one that isn't there.
func (c *Cluster) Listens(node string) string {
	kind, n, _ := strings.Cut(node, "-")
	number, _ := strconv.Atoi(n)
	offset, ok := map[string]int{"nginx": 0, "redis": 1, "api": 10 + number - 1, "gateway": 20 + number - 1}[kind]
	if !ok {
		return ""
	}
	return "127.0.0.1:" + strconv.Itoa(c.base+offset)
}

// APIOps is the address of an API node's operations port.
func (c *Cluster) APIOps(n int) string { return c.address(c.base + 1000 + 10 + n - 1) }

// GatewayOps is the address of a gateway's operations port.
func (c *Cluster) GatewayOps(n int) string { return c.address(c.base + 1000 + 20 + n - 1) }

func (c *Cluster) address(port int) string { return "http://127.0.0.1:" + strconv.Itoa(port) }

// Kill ends nodes (api-1, gateway-2, redis, nginx) at once, as kill -9 does.
func (c *Cluster) Kill(nodes ...string) error { return c.command("kill", nodes...) }

// Restart drains and stops nodes if they run, and starts them again.
func (c *Cluster) Restart(nodes ...string) error { return c.command("restart", nodes...) }

// Freeze stops a node in its tracks: it keeps its connections and says nothing any more. Thaw lets it go on.
func (c *Cluster) Freeze(node string) error { return c.signal(node, syscall.SIGSTOP) }

// Thaw is the end of Freeze.
func (c *Cluster) Thaw(node string) error { return c.signal(node, syscall.SIGCONT) }

func (c *Cluster) signal(node string, s syscall.Signal) error {
	pid, err := c.PID(node)
	if err != nil {
		return err
	}
	return syscall.Kill(-pid, s) // with its children: nginx's work is done by those
}

// PID is the process of a node, which leads a group of its own.
func (c *Cluster) PID(node string) (int, error) {
	content, err := os.ReadFile(filepath.Join(c.dir, "pids", node))
	if err != nil {
		return 0, fmt.Errorf("process of %s: %w", node, err)
	}
	first, _, _ := strings.Cut(string(content), " ")
	pid, err := strconv.Atoi(first)
	if err != nil {
		return 0, fmt.Errorf("process of %s: %w", node, err)
	}
	return pid, nil
}

// Setting is the value of a node's setting that the script made, such as the signing keys.
func (c *Cluster) Setting(file string) (string, error) {
	content, err := os.ReadFile(filepath.Join(c.dir, file))
	if err != nil {
		return "", fmt.Errorf("setting: %w", err)
	}
	return strings.TrimSpace(string(content)), nil
}

// Media is the directory in which the API nodes keep files.
func (c *Cluster) Media() string { return filepath.Join(c.dir, "data", "media") }

// Database is the SQLite file of a cluster that has no other database.
func (c *Cluster) Database() string { return filepath.Join(c.dir, "data", "parley.db") }

// Logs are the ends of all logs, n lines each.
func (c *Cluster) Logs(n int) string {
	files, _ := filepath.Glob(filepath.Join(c.dir, "logs", "*.log"))
	var all strings.Builder
	for _, file := range files {
		if strings.HasSuffix(file, "nginx-access.log") {
			continue
		}
		content, _ := os.ReadFile(file)
		lines := strings.Split(strings.TrimSpace(string(content)), "\n")
		fmt.Fprintf(&all, "--- %s\n%s\n", filepath.Base(file), strings.Join(lines[max(0, len(lines)-n):], "\n"))
	}
	return all.String()
}

func (c *Cluster) script() string { return filepath.Join(Root(), "deploy", "cluster", "cluster.sh") }

func (c *Cluster) command(name string, nodes ...string) error {
	cmd := exec.Command(c.script(), append([]string{name}, nodes...)...)
	cmd.Env = c.env
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("cluster.sh %s %v: %w\n%s", name, nodes, err, out)
	}
	return nil
}

// errNoPorts says that the host is full.
var errNoPorts = errors.New("no free ports found")

// freePorts finds the first of thirty free ports, with another thirty a thousand higher for operations.
func freePorts() (int, error) {
	for range 50 {
		base := 20000 + rand.IntN(8000)
		if allFree(base) && allFree(base+1000) {
			return base, nil
		}
	}
	return 0, errNoPorts
}

func allFree(base int) bool {
	for port := base; port < base+30; port++ {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}
