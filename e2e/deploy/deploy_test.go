// Package deploy_test checks what operators run: nginx.conf, docker-compose.yml, the Dockerfiles, Prometheus's and
// Grafana's files, and the cluster on one host. Each is loaded by the program that will read it, or by that program's own
// parser, and held against the code that it speaks of.
package deploy_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the top of the repository, seen from this package.
const root = "../.."

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	return string(content)
}

// run gives a command's output; the test fails, showing it, if the command does.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %s\n%s", name, strings.Join(args, " "), out)
	return string(out)
}

// tool skips the test where a Debian package is missing; `make deps` installs them all.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin") {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path
		}
	}
	t.Skipf("%s is not installed (make deps)", name)
	return ""
}

// goSources gives the texts of the Go files under the folders, tests left out.
func goSources(t *testing.T, folders ...string) []string {
	t.Helper()
	var all []string
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			content, err := os.ReadFile(path)
			all = append(all, string(content))
			return err
		})
		require.NoError(t, err)
	}
	return all
}

// matches gives the distinct first groups of all matches, sorted.
func matches(pattern, text string) []string {
	var found []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// registered are the names of the metrics that the servers register, read from their sources: a counter with labels
// isn't in a node's /metrics before it has counted. That nothing is missed here, the cluster's test makes sure of.
func registered(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, source := range goSources(t, "pkg", "api", "gateway", "standalone") {
		names = append(names, matches(`Name:\s*"(parley_[a-z0-9_]+)",\s*Help:`, source)...)
		// A file that names its subsystem once, and then its metrics without it.
		if subsystem := matches(`Namespace: "parley", Subsystem: "([a-z]+)"`, source); len(subsystem) == 1 {
			for _, name := range matches(`(?:\b(?:counter|gauge|histogram)s?\(|\bName: )"([a-z0-9_]+)",\s+(?:"|Help:)`, source) {
				names = append(names, "parley_"+subsystem[0]+"_"+name)
			}
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	require.NotEmpty(t, names)
	return names
}

// settings are the environment names that the servers read.
func settings(t *testing.T) []string {
	t.Helper()
	names := matches(`env:"([A-Z][A-Z0-9_]+)[",]`, strings.Join(goSources(t, "pkg", "api", "gateway", "standalone"), "\n"))
	require.Contains(t, names, "PARLEY_JWT_KEYS")
	return names
}
