package deploy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/stretchr/testify/require"
)

func stages(t *testing.T, path string) []instructions.Stage {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	parsed, err := parser.Parse(f)
	require.NoError(t, err)
	stages, _, err := instructions.Parse(parsed.AST, nil)
	require.NoError(t, err)
	return stages
}

func TestDockerfiles(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "deploy", "docker", "*.Dockerfile"))
	require.NoError(t, err)
	require.Len(t, files, 4)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			all := stages(t, file)
			last := all[len(all)-1]
			var user, health, signal string
			for _, c := range last.Commands {
				switch c := c.(type) {
				case *instructions.UserCommand:
					user = c.User
				case *instructions.HealthCheckCommand:
					health = strings.Join(c.Health.Test, " ")
				case *instructions.StopSignalCommand:
					signal = c.Signal
				}
			}
			require.Regexp(t, `^[1-9][0-9]*:[1-9][0-9]*$`, user, "runs as a user that is not root, by number")
			require.Contains(t, health, "wget")
			require.NotEmpty(t, signal)
			for _, stage := range all {
				require.NotContains(t, stage.BaseName, ":latest", "the base is pinned")
				require.Contains(t, stage.BaseName, ":", "the base is pinned")
				checkCopies(t, stage)
			}
		})
	}
}

// checkCopies: what a stage takes from the repository exists there.
func checkCopies(t *testing.T, stage instructions.Stage) {
	t.Helper()
	for _, c := range stage.Commands {
		dir, ok := c.(*instructions.CopyCommand)
		if !ok || dir.From != "" {
			continue
		}
		for _, source := range dir.SourcePaths {
			_, err := os.Stat(filepath.Join(root, source))
			require.NoError(t, err, "COPY %s", source)
		}
	}
}
