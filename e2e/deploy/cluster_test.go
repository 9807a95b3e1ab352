package deploy_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// cluster is one started by deploy/cluster/cluster.sh, on ports of its own.
type cluster struct {
	t                              *testing.T
	env                            []string
	dir                            string
	http, prometheus, api, gateway int
}

// newCluster builds the servers (E2E_BIN_DIR names a directory that has them already) and finds free ports; it starts
// nothing yet.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	for _, name := range []string{"redis-server", "nginx", "prometheus"} {
		tool(t, name)
	}
	dir := t.TempDir()
	bin, web := os.Getenv("E2E_BIN_DIR"), filepath.Join(dir, "web")
	require.NoError(t, os.MkdirAll(web, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(web, "index.html"), []byte("<title>Parley</title>"), 0o644))
	if bin == "" {
		bin = filepath.Join(dir, "bin")
		run(t, "go", "build", "-o", bin+"/", "./api/cmd/parley-api", "./gateway/cmd/parley-gateway")
	}
	base := freeBlock(t)
	c := &cluster{t: t, dir: filepath.Join(dir, "run"), http: base, prometheus: base + 1, api: base + 10, gateway: base + 20}
	c.env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "PARLEY_") || strings.HasPrefix(v, "CLUSTER_")
	}),
		"CLUSTER_RUN_DIR="+c.dir, "CLUSTER_BIN_DIR="+bin, "CLUSTER_WEB_ROOT="+web,
		fmt.Sprint("CLUSTER_HTTP_PORT=", c.http), fmt.Sprint("CLUSTER_PROMETHEUS_PORT=", c.prometheus), fmt.Sprint("CLUSTER_REDIS_PORT=", base+2),
		fmt.Sprint("CLUSTER_API_PORT=", c.api), fmt.Sprint("CLUSTER_GATEWAY_PORT=", c.gateway), "PARLEY_BCRYPT_COST=4", "PARLEY_DRAIN_TIMEOUT=1s")
	t.Cleanup(func() { _, _ = c.command("stop") })
	return c
}

// freeBlock finds a port with thirty free ones from it on, and another thirty a thousand higher for operations.
func freeBlock(t *testing.T) int {
	t.Helper()
	for range 50 {
		base := 20000 + rand.IntN(8000)
		free := true
		for i := 0; free && i < 30; i++ {
			for _, port := range []int{base + i, base + 1000 + i} {
				l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", port))
				if err != nil {
					free = false
					break
				}
				_ = l.Close()
			}
		}
		if free {
			return base
		}
	}
	t.Fatal("no free ports")
	return 0
}

func (c *cluster) command(args ...string) (string, error) {
	cmd := exec.Command(filepath.Join(root, "deploy/cluster/cluster.sh"), args...)
	cmd.Env = c.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (c *cluster) must(args ...string) string {
	c.t.Helper()
	out, err := c.command(args...)
	require.NoError(c.t, err, "%v\n%s", args, out)
	return out
}

// fetch asks through nginx.
func (c *cluster) fetch(method, path, body string) (int, string) {
	c.t.Helper()
	url := fmt.Sprintf("http://127.0.0.1:%d", c.http)
	req, err := http.NewRequestWithContext(c.t.Context(), method, url+path, strings.NewReader(body))
	require.NoError(c.t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(c.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	return resp.StatusCode, string(text)
}

func (c *cluster) signUp(name string) int {
	c.t.Helper()
	status, _ := c.fetch("POST", "/api/auth/signup", fmt.Sprintf(`{"fullName":%q,"email":"%s@example.org","password":"correct horse"}`, name, name))
	return status
}

// pids of everything that runs.
func (c *cluster) pids() []int {
	c.t.Helper()
	files, err := filepath.Glob(filepath.Join(c.dir, "pids", "*"))
	require.NoError(c.t, err)
	var pids []int
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(c.t, err)
		pid, err := strconv.Atoi(strings.Fields(string(content))[0])
		require.NoError(c.t, err)
		pids = append(pids, pid)
	}
	return pids
}

// alive tells whether a process runs; one that ended and that nobody has waited for (Z) doesn't.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// targetsUp is how many API nodes and gateways Prometheus reaches.
func (c *cluster) targetsUp() int {
	resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/api/v1/query?query=sum(up{job=~%%22api|gateway%%22})", c.prometheus))
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	var answer struct {
		Data struct{ Result []struct{ Value []any } }
	}
	if json.NewDecoder(resp.Body).Decode(&answer) != nil || len(answer.Data.Result) == 0 || len(answer.Data.Result[0].Value) < 2 {
		return 0
	}
	up, _ := strconv.Atoi(fmt.Sprint(answer.Data.Result[0].Value[1]))
	return up
}

func TestClusterOnOneHost(t *testing.T) {
	c := newCluster(t)
	started := c.must("start")
	require.Contains(t, started, fmt.Sprint("http://localhost:", c.http))
	for _, name := range []string{"redis", "api-1", "api-2", "gateway-1", "gateway-2", "gateway-3", "nginx", "prometheus"} {
		require.Regexp(t, `(?m)^ +`+name+` +\d+ +ready `, started)
	}

	status, body := c.fetch("GET", "/", "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, "<title>Parley</title>")
	require.Equal(t, http.StatusCreated, c.signUp("ada"))
	status, body = c.fetch("GET", "/api/auth/me", "")
	require.Equal(t, http.StatusUnauthorized, status)
	require.Contains(t, body, `"code":"unauthenticated"`)
	status, _ = c.fetch("GET", "/ws", "")
	require.GreaterOrEqual(t, status, 400, "a gateway refuses what is no socket")
	require.Less(t, status, 500)
	require.Eventually(t, func() bool { return c.targetsUp() == 5 }, 30*time.Second, 200*time.Millisecond, "Prometheus reaches all nodes")

	// What nodes really measure is what the dashboard, the alerts and the manual are held against.
	known := registered(t)
	for _, port := range []int{c.api + 1000, c.gateway + 1000} {
		resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", port))
		require.NoError(t, err)
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		measured := matches(`(?m)^# TYPE (parley_\w+)`, string(text))
		require.Contains(t, measured, "parley_ready")
		require.Subset(t, known, measured)
	}

	key, err := os.Stat(filepath.Join(c.dir, "jwt.keys"))
	require.NoError(t, err)
	require.EqualValues(t, 0o600, key.Mode().Perm())

	t.Run("refuses to start twice", func(t *testing.T) {
		out, err := c.command("start")
		require.Error(t, err)
		require.Contains(t, out, "already running")
	})
	t.Run("refuses a taken port", func(t *testing.T) {
		other := *c
		other.dir = filepath.Join(t.TempDir(), "run")
		other.env = append(c.env, "CLUSTER_RUN_DIR="+other.dir)
		out, err := other.command("start")
		require.Error(t, err)
		require.Contains(t, out, "is taken")
		require.Empty(t, other.pids())
	})
	t.Run("serves while nodes are dead", func(t *testing.T) {
		c.must("kill", "api-1", "gateway-2")
		require.Regexp(t, `api-1 +- +stopped`, c.must("status"))
		for i := range 6 {
			require.Equal(t, http.StatusCreated, c.signUp(fmt.Sprint("bob", i)))
		}
		c.must("restart", "api-1", "gateway-2")
		require.NotContains(t, c.must("status"), "stopped")
	})

	pids := c.pids()
	require.Len(t, pids, 8)
	require.Contains(t, c.must("stop"), "stopped")
	for _, pid := range pids {
		require.False(t, alive(pid), "process %d is left", pid)
	}
	require.NoDirExists(t, filepath.Join(c.dir, "pids"))
	require.Contains(t, c.must("stop"), "nothing was running")
}

// TestClusterSaysWhyItDidNotStart: a node that dies at the start takes the others with it, and its log is shown.
func TestClusterSaysWhyItDidNotStart(t *testing.T) {
	c := newCluster(t)
	c.env = append(c.env, "PARLEY_LOG_LEVEL=chatty")
	out, err := c.command("start")
	require.Error(t, err)
	require.Contains(t, out, "api-1 is not ready")
	require.Contains(t, out, "PARLEY_LOG_LEVEL", "the log names the wrong setting")
	require.Empty(t, c.pids())
}
