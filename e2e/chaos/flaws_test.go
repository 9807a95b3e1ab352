//go:build flaws

package chaos_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/chaos"
	"github.com/parley-chat/parley/pkg/flaw"
)

// TestTheCheckerFindsEveryFlaw checks the checker: with a deliberate bug switched on it fails, and says what is wrong.
func TestTheCheckerFindsEveryFlaw(t *testing.T) {
	cases := map[flaw.Flaw]struct {
		only  string
		found func(*chaos.Result) int
	}{
		flaw.LostPublish:          {`^slow: west`, func(r *chaos.Result) int { return r.CalmLate + len(r.Unheard) }},
		flaw.EarlyAcknowledgement: {`^kill: api-`, func(r *chaos.Result) int { return r.Lost }},
		"disorder":                {`^kill: gateway-`, func(r *chaos.Result) int { return r.OutOfOrder }},
		"none":                    {`^kill: (api|gateway)-`, func(r *chaos.Result) int { return 1 - r.Violations() }},
	}
	for name, c := range cases {
		t.Run(string(name), func(t *testing.T) {
			t.Setenv(flaw.Setting, string(name))
			result, err := chaos.Run(t.Context(), chaos.Options{
				Duration: 55 * time.Second, Calm: 20 * time.Second, Seed: 1, Faults: 3, Hold: time.Second, Users: 40, Rate: 150,
				Only: regexp.MustCompile(c.only), Settings: []string{flaw.Setting + "=" + string(name)}, Progress: t.Output(),
			})
			require.NoError(t, err)
			require.NoError(t, result.Write(t.Output()))
			require.Positive(t, c.found(result), "the right complaint")
			require.Equal(t, name != "none", result.Violations() > 0)
		})
	}
}
