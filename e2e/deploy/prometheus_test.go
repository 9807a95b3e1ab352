package deploy_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func TestPrometheusConfig(t *testing.T) {
	promtool, dir := tool(t, "promtool"), t.TempDir()
	alerts, err := filepath.Abs(filepath.Join(root, "deploy/prometheus/alerts.yml"))
	require.NoError(t, err)
	config := read(t, "deploy/prometheus/prometheus.yml")
	require.Contains(t, config, "/etc/prometheus/alerts.yml")
	for name, content := range map[string]string{
		"containers": strings.ReplaceAll(config, "/etc/prometheus/alerts.yml", alerts),
		"host":       run(t, "deploy/cluster/render.sh", "prometheus", "19090", "19181 19182", "19281 19282 19283"),
	} {
		path := filepath.Join(dir, name+".yml")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
		run(t, promtool, "check", "config", path)
	}
}

func TestAlertsFireWhenTheyShould(t *testing.T) {
	run(t, tool(t, "promtool"), "test", "rules", "deploy/prometheus/alerts_test.yml")
}

type alert struct {
	Alert, Expr         string
	Labels, Annotations map[string]string
}

func alerts(t *testing.T) []alert {
	t.Helper()
	var file struct {
		Groups []struct{ Rules []alert }
	}
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "deploy/prometheus/alerts.yml")), &file))
	var all []alert
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	require.NotEmpty(t, all)
	return all
}

// TestAlertsAreOfUse: who is woken learns what is wrong and what to do, and each alert is known to fire.
func TestAlertsAreOfUse(t *testing.T) {
	manual, tests := read(t, "docs/operations.md"), read(t, "deploy/prometheus/alerts_test.yml")
	for _, a := range alerts(t) {
		require.Contains(t, []string{"page", "ticket"}, a.Labels["severity"], a.Alert)
		require.NotEmpty(t, a.Annotations["summary"], a.Alert)
		require.True(t, strings.Contains(manual, "| `"+a.Alert+"` |"), "docs/operations.md doesn't say what to do about %s", a.Alert)
		require.True(t, strings.Contains(tests, "alertname: "+a.Alert+"\n"), "alerts_test.yml doesn't show when %s fires", a.Alert)
	}
}

type panel struct {
	ID      int
	Title   string
	Type    string
	GridPos struct{ X, Y, W, H int }
	Targets []struct{ Expr string }
}

func dashboard(t *testing.T) []panel {
	t.Helper()
	var d struct {
		UID, Title string
		Panels     []panel
	}
	require.NoError(t, json.Unmarshal([]byte(read(t, "deploy/grafana/dashboards/parley.json")), &d))
	require.NotEmpty(t, d.UID)
	require.NotEmpty(t, d.Panels)
	return d.Panels
}

// TestDashboardQueriesAreValid lets Prometheus's own parser read each of them.
func TestDashboardQueriesAreValid(t *testing.T) {
	promtool := tool(t, "promtool")
	var rules strings.Builder
	rules.WriteString("groups:\n- name: dashboard\n  rules:\n")
	ids := map[int]bool{}
	for _, p := range dashboard(t) {
		require.False(t, ids[p.ID], "panel id %d is there twice", p.ID)
		ids[p.ID] = true
		if p.Type == "row" {
			continue
		}
		require.NotEmpty(t, p.Targets, p.Title)
		for i, target := range p.Targets {
			expr := strings.NewReplacer("$__rate_interval", "1m", "$node", ".*").Replace(target.Expr)
			fmt.Fprintf(&rules, "  - {record: 'panel:%d:%d', expr: %q}\n", p.ID, i, expr)
		}
	}
	path := filepath.Join(t.TempDir(), "rules.yml")
	require.NoError(t, os.WriteFile(path, []byte(rules.String()), 0o644))
	run(t, promtool, "check", "rules", path)
}

// TestOnlyRealMetricsAreWatched: an alert on a metric that was renamed is silent for ever.
func TestOnlyRealMetricsAreWatched(t *testing.T) {
	known := registered(t)
	series := regexp.MustCompile(`_(bucket|sum|count)$`)
	watched := map[string][]string{}
	for _, a := range alerts(t) {
		watched["the alert "+a.Alert] = matches(`\b(parley_[a-z0-9_]+)`, a.Expr)
	}
	for _, p := range dashboard(t) {
		for _, target := range p.Targets {
			watched["the panel "+p.Title] = append(watched["the panel "+p.Title], matches(`\b(parley_[a-z0-9_]+)`, target.Expr)...)
		}
	}
	for where, names := range watched {
		for _, name := range names {
			require.True(t, slices.Contains(known, name) || slices.Contains(known, series.ReplaceAllString(name, "")),
				"%s watches %s, which no server registers", where, name)
		}
	}
}

// TestEveryMetricIsExplained, and no metric is explained that isn't there.
func TestEveryMetricIsExplained(t *testing.T) {
	known := registered(t)
	explained := matches("(?m)^\\| `(parley_[a-z0-9_]+)` ", read(t, "docs/operations.md"))
	for _, name := range known {
		if !slices.Contains(explained, name) {
			t.Errorf("docs/operations.md has no line for %s", name)
		}
	}
	for _, name := range explained {
		if !slices.Contains(known, name) {
			t.Errorf("docs/operations.md explains %s, which no server registers", name)
		}
	}
}
