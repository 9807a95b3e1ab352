// Package laws_test holds the rules of this repository that a compiler doesn't: who may import whom, how long a file may
// be, what every package says of itself. Each law has its reason beside it; a breach names the law and the line to change.
package laws_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	root   = "../.."
	module = "github.com/parley-chat/parley/"
)

// pkg is a package as `go list` tells it; its path is without the module's prefix.
type pkg struct {
	Path    string
	Imports []string // of its code; tests may wire what they like
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports,GoFiles", "work")
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var all []pkg
	for decoder := json.NewDecoder(out); decoder.More(); {
		var p struct {
			ImportPath       string
			Imports, GoFiles []string
		}
		require.NoError(t, decoder.Decode(&p))
		if len(p.GoFiles) > 0 {
			all = append(all, pkg{strings.TrimPrefix(p.ImportPath, module), p.Imports})
		}
	}
	require.NoError(t, cmd.Wait())
	require.NotEmpty(t, all)
	return all
}

// own is a pattern for packages of this repository, whole paths without the module's prefix.
func own(pattern string) *regexp.Regexp { return regexp.MustCompile(`^` + pattern + `$`) }

// imported is a pattern for import paths; what it names and all below it.
func imported(pattern string) *regexp.Regexp { return regexp.MustCompile(`^(` + pattern + `)(/|$)`) }

// TestServersMeetOnlyOnTheBus holds the directions between modules.
func TestServersMeetOnlyOnTheBus(t *testing.T) {
	laws := []struct {
		who    *regexp.Regexp
		not    *regexp.Regexp
		reason string
	}{
		{own(`api/.*`), imported(module + `(gateway|standalone|loadtest|e2e)`), "API nodes are deployed without gateways; they meet on the bus"},
		{own(`gateway/.*`), imported(module + `(api|standalone|loadtest|e2e)`), "gateways are deployed without API nodes; they meet on the bus"},
		{own(`pkg/.*`), imported(module + `(api|gateway|standalone|loadtest|e2e)`), "pkg is what the servers share, so it is below them"},
		{own(`loadtest/.*`), imported(module + `(api|gateway|standalone|e2e)`), "the load generator is a client: it knows the wire, not the servers"},
		{own(`standalone/.*`), imported(module + `(loadtest|e2e)`), "what ships doesn't depend on what tests it"},
	}
	for _, p := range packages(t) {
		for _, law := range laws {
			for _, i := range p.Imports {
				if law.who.MatchString(p.Path) && law.not.MatchString(i) {
					t.Errorf("%s imports %s: %s", p.Path, i, law.reason)
				}
			}
		}
	}
}

// TestEachDriverHasItsOwners: a framework or driver is known only to the packages that adapt it, so that the domain
// (everything else) can be read, tested and kept without it.
func TestEachDriverHasItsOwners(t *testing.T) {
	const tests = `e2e/.*|loadtest/.*`
	laws := map[string]string{ // the driver: its owners
		`github.com/labstack/echo(/v\d+)?`:    `api/http[a-z]*|api/app`,
		`go\.mongodb\.org/mongo-driver`:       `pkg/mongo[a-z]*|` + tests,
		`github.com/redis/go-redis`:           `pkg/redis[a-z]*|` + tests,
		`modernc\.org/sqlite`:                 `pkg/sqlitestore`,
		`database/sql`:                        `pkg/sqlitestore`,
		`github.com/gorilla/websocket`:        `gateway/(server|node|socket|[a-z]+test)|` + tests,
		`github.com/cloudinary/cloudinary-go`: `api/media[a-z]*`,
		`github.com/resend/resend-go`:         `api/mail[a-z]*`,
		`github.com/wneessen/go-mail`:         `api/mail[a-z]*`,
		`github.com/golang-jwt/jwt`:           `pkg/token`,
		`github.com/FerretDB/FerretDB`:        `e2e/.*`,
		`github.com/caarlos0/env`:             `pkg/config`,
		`github.com/(stretchr/testify|moby|compose-spec)|go\.uber\.org/goleak|testing`: `(pkg|api|gateway)/[a-z]*test|` + tests,
	}
	for _, p := range packages(t) {
		for driver, owners := range laws {
			for _, i := range p.Imports {
				if imported(driver).MatchString(i) && !own(`(`+owners+`)`).MatchString(p.Path) {
					t.Errorf("%s imports %s, which belongs to %s", p.Path, i, owners)
				}
			}
		}
	}
}

// The packages that say what Parley is, without saying on what it runs.
var domain = own(`pkg/(chat|bus|presence|ratelimit|frame|chatlog|namekey|search)|api/service|gateway/hub`)

// TestDomainKnowsNoTransport: beyond drivers, the domain doesn't know that there is HTTP, a file system or a process.
func TestDomainKnowsNoTransport(t *testing.T) {
	outside := regexp.MustCompile(`^(net|net/http|os|os/exec|` + module + `pkg/(config|ops|lifecycle|logging))$`)
	seen := 0
	for _, p := range packages(t) {
		if !domain.MatchString(p.Path) {
			continue
		}
		seen++
		for _, i := range p.Imports {
			if outside.MatchString(i) {
				t.Errorf("%s imports %s: the domain takes what it needs through an interface", p.Path, i)
			}
		}
	}
	require.GreaterOrEqual(t, seen, 6, "the domain's packages were renamed: mend the pattern")
}

var (
	// Adapters are named after the technology and the port.
	adapter = own(`pkg/(mongo|sqlite|redis|memory)(store|bus|presence|limit)|api/(media|mail)(cloudinary|disk|resend|smtp|log)[a-z]*`)
	wiring  = own(`(api|gateway|standalone|loadtest)/(app|cmd/.*)|pkg/backend|standalone(/.*)?|e2e/.*|(pkg|api|gateway)/[a-z]+test`)
)

// TestOnlyWiringSeesAdapters: whatever else names a concrete adapter can't be given another one. That includes adapters:
// one that needs another's work takes an interface, and the wiring hands it in.
func TestOnlyWiringSeesAdapters(t *testing.T) {
	seen := 0
	for _, p := range packages(t) {
		if adapter.MatchString(p.Path) {
			seen++
		}
		if wiring.MatchString(p.Path) {
			continue
		}
		for _, i := range p.Imports {
			path, ours := strings.CutPrefix(i, module)
			if ours && adapter.MatchString(path) {
				t.Errorf("%s imports the adapter %s: only the wiring (backend, app, cmd, standalone) does", p.Path, path)
			}
		}
	}
	require.NotZero(t, seen, "the adapters were renamed: mend the pattern")
}
