package pairs_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/loadtest/internal/fakechat"
	"github.com/parley-chat/parley/loadtest/pairs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func run(t *testing.T, faults fakechat.Faults, change func(*pairs.Options)) *pairs.Result {
	t.Helper()
	server := fakechat.New(faults)
	defer server.Close()
	o := pairs.Options{
		Base: server.URL, Users: 6, Duration: 500 * time.Millisecond, Rate: 200, Payload: 64, Seed: 1, Settle: 20 * time.Second,
	}
	if change != nil {
		change(&o)
	}
	result, err := pairs.Run(t.Context(), o)
	require.NoError(t, err)
	return result
}

func TestPairsPass(t *testing.T) {
	cases := map[string]fakechat.Faults{
		"on a good day":                  {},
		"when sends are refused":         {Refuse: 10},
		"when answers are lost":          {LoseAnswer: 10},
		"when some are not told live":    {Mute: 10, Cut: 99},
		"when some are told twice":       {Repeat: 5},
		"when sockets break":             {Cut: 40},
		"when all of that comes at once": {Refuse: 10, LoseAnswer: 9, Repeat: 5, Cut: 33},
	}
	for name, faults := range cases {
		t.Run(name, func(t *testing.T) {
			r := run(t, faults, nil)
			require.Zero(t, r.Violations(), "%+v", r)
			require.Equal(t, 100, r.Sent)
			require.Equal(t, 100, r.Acknowledged)
			require.Equal(t, 100, r.DeliveredLive+r.DeliveredByResume)
			require.Equal(t, faults.Cut > 0, r.Reconnects > 0)
			require.Equal(t, faults.Refuse > 0, r.Errors["send: 503 unavailable"] > 0)
			require.Equal(t, faults.LoseAnswer > 0, r.Errors["send: connection broken"] > 0)
			require.GreaterOrEqual(t, r.Delivery.Max, r.Delivery.P50)
			require.Positive(t, r.Post.P50)
		})
	}
}

func TestPairsFail(t *testing.T) {
	t.Run("when acknowledged messages are not kept", func(t *testing.T) {
		r := run(t, fakechat.Faults{Forget: 20}, func(o *pairs.Options) { o.Settle = 300 * time.Millisecond })
		require.GreaterOrEqual(t, r.Lost, 5*3, "at the server and both members")
		require.Positive(t, r.Violations())
	})
	t.Run("when messages are kept twice", func(t *testing.T) {
		r := run(t, fakechat.Faults{Double: 20}, nil)
		require.Equal(t, 5*3, r.Duplicated)
		require.Positive(t, r.Violations())
	})
	t.Run("when messages go to others", func(t *testing.T) {
		r := run(t, fakechat.Faults{Leak: 2}, nil)
		require.Positive(t, r.Foreign, "logs that the holder should not know of")
		require.Positive(t, r.Violations())
	})
	t.Run("when nothing comes until one asks", func(t *testing.T) {
		r := run(t, fakechat.Faults{Mute: 1}, func(o *pairs.Options) { o.Settle = 300 * time.Millisecond })
		require.Equal(t, 2*100, r.Unheard)
		require.Zero(t, r.Lost, "the check's own sync brings them")
		require.Zero(t, r.DeliveredByResume)
		require.Positive(t, r.Violations())
	})
}

func TestPairsEndsEarlyAndStillChecks(t *testing.T) {
	server := fakechat.New(fakechat.Faults{})
	defer server.Close()
	ctx, stop := context.WithCancel(t.Context())
	r, err := pairs.Run(ctx, pairs.Options{
		Base: server.URL, Users: 2, Duration: time.Hour, Rate: 100, Payload: 32, Settle: 10 * time.Second,
		Began: func() { time.AfterFunc(200*time.Millisecond, stop) },
	})
	require.NoError(t, err)
	require.Positive(t, r.Sent)
	require.Equal(t, r.Sent, r.Acknowledged)
	require.Zero(t, r.Violations())
}

func TestPairsRefusesWrongOptions(t *testing.T) {
	good := pairs.Options{Base: "http://localhost:1", Users: 2, Duration: time.Second, Rate: 1, Payload: 64, Settle: time.Second}
	for name, spoil := range map[string]func(*pairs.Options){
		"base":     func(o *pairs.Options) { o.Base = "localhost" },
		"users":    func(o *pairs.Options) { o.Users = 3 },
		"duration": func(o *pairs.Options) { o.Duration = 0 },
		"rate":     func(o *pairs.Options) { o.Rate = -1 },
		"payload":  func(o *pairs.Options) { o.Payload = 5000 },
		"settle":   func(o *pairs.Options) { o.Settle = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			o := good
			spoil(&o)
			_, err := pairs.Run(t.Context(), o)
			require.Error(t, err)
		})
	}
}

func TestResultTable(t *testing.T) {
	var out bytes.Buffer
	r := pairs.Result{Users: 2, Sent: 10, Seconds: 5, Errors: map[string]int{"send: timeout": 3}}
	require.NoError(t, r.Write(&out))
	require.Contains(t, out.String(), "10 in 5.0 s (2 a second)")
	require.Contains(t, out.String(), "PASSED")
	r.Lost, r.Details = 1, []string{"c, at ann: message k is missing"}
	out.Reset()
	require.NoError(t, r.Write(&out))
	require.Contains(t, out.String(), "FAILED")
	require.Contains(t, out.String(), "message k is missing")
}
