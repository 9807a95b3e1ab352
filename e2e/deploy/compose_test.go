package deploy_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
)

// compose loads docker-compose.yml as the docker command does, with these variables set and no others.
func compose(t *testing.T, profiles []string, env ...string) (*types.Project, error) {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{filepath.Join(root, "docker-compose.yml")},
		cli.WithEnv(env), cli.WithProfiles(profiles), cli.WithResolvedPaths(true))
	require.NoError(t, err)
	return options.LoadProject(t.Context())
}

func mustCompose(t *testing.T) *types.Project {
	t.Helper()
	project, err := compose(t, []string{"grafana"}, "PARLEY_JWT_KEYS=k1:0123456789abcdef0123456789abcdef")
	require.NoError(t, err)
	return project
}

func TestComposeNeedsASigningKey(t *testing.T) {
	_, err := compose(t, nil)
	require.ErrorContains(t, err, "PARLEY_JWT_KEYS")
}

func TestComposeServices(t *testing.T) {
	project := mustCompose(t)
	require.ElementsMatch(t, []string{"nginx", "api", "gateway", "mongo", "redis", "prometheus", "grafana"}, project.ServiceNames())
	require.Equal(t, 2, *project.Services["api"].Deploy.Replicas)
	require.Equal(t, 3, *project.Services["gateway"].Deploy.Replicas)
	require.Equal(t, []string{"grafana"}, project.Services["grafana"].Profiles)
	require.Contains(t, strings.Join(project.Services["mongo"].Command, " "), "--replSet rs0")
	require.Contains(t, strings.Join(project.Services["mongo"].HealthCheck.Test, " "), "rs.initiate")
}

// TestComposeIsHardened holds for each service, so that a new one can't forget it.
func TestComposeIsHardened(t *testing.T) {
	for name, s := range mustCompose(t).Services {
		t.Run(name, func(t *testing.T) {
			require.True(t, s.ReadOnly, "the root file system is read-only")
			require.NotEmpty(t, s.User)
			require.False(t, strings.HasPrefix(s.User, "0") || strings.HasPrefix(s.User, "root"), "not root: %s", s.User)
			require.Equal(t, []string{"ALL"}, s.CapDrop)
			require.Contains(t, s.SecurityOpt, "no-new-privileges:true")
			require.NotNil(t, s.HealthCheck)
			require.Equal(t, "unless-stopped", s.Restart)
			require.NotNil(t, s.Deploy)
			require.NotZero(t, s.Deploy.Resources.Limits.MemoryBytes, "a memory limit")
			require.NotZero(t, s.Deploy.Resources.Limits.NanoCPUs, "a CPU limit")
			require.Contains(t, s.Logging.Options, "max-size")
		})
	}
}

// TestComposeExposesOnlyTheDoor: nginx to the world, the operator's tools to this host, nothing else to anybody.
func TestComposeExposesOnlyTheDoor(t *testing.T) {
	for name, s := range mustCompose(t).Services {
		for _, p := range s.Ports {
			switch name {
			case "nginx":
				require.EqualValues(t, 8080, p.Target)
			case "prometheus", "grafana":
				require.Equal(t, "127.0.0.1", p.HostIP, name)
			default:
				t.Errorf("%s publishes %d", name, p.Target)
			}
		}
	}
}

func TestComposeNetworks(t *testing.T) {
	project := mustCompose(t)
	require.True(t, project.Networks["data"].Internal, "the databases have no password, so their network has no way in")
	want := map[string][]string{
		"nginx": {"front"}, "api": {"data", "front", "metrics"}, "gateway": {"data", "front", "metrics"},
		"mongo": {"data"}, "redis": {"data"}, "prometheus": {"metrics"}, "grafana": {"metrics"},
	}
	for name, s := range project.Services {
		var networks []string
		for n := range s.Networks {
			networks = append(networks, n)
		}
		require.ElementsMatch(t, want[name], networks, name)
	}
}

// TestComposeGivesTimeToDrain: Docker kills after the grace period, so it must be longer than the drain.
func TestComposeGivesTimeToDrain(t *testing.T) {
	gateway := mustCompose(t).Services["gateway"]
	drain, err := time.ParseDuration(*gateway.Environment["PARLEY_DRAIN_TIMEOUT"])
	require.NoError(t, err)
	require.Greater(t, time.Duration(*gateway.StopGracePeriod), drain+10*time.Second)
}

// TestComposeNamesRealSettings: a misspelled variable would be ignored in silence.
func TestComposeNamesRealSettings(t *testing.T) {
	known := settings(t)
	for name, s := range mustCompose(t).Services {
		for key := range s.Environment {
			if strings.HasPrefix(key, "PARLEY_") {
				require.True(t, slices.Contains(known, key), "%s sets %s, which no binary reads", name, key)
			}
		}
	}
	for _, key := range matches(`\$\{(PARLEY_[A-Z_]+)`, read(t, "docker-compose.yml")) {
		require.Contains(t, known, key)
	}
}
