package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/loadtest/pairs"
)

// under puts load on a cluster for d, does something to it meanwhile, and checks every message afterwards.
func under(t *testing.T, c *cluster.Cluster, d time.Duration, meanwhile func()) *pairs.Result {
	t.Helper()
	done := make(chan struct{})
	r, err := pairs.Run(t.Context(), pairs.Options{
		Base: c.Base(), Users: 60, Duration: d, Rate: 100, Payload: 128, Seed: 1, Settle: 30 * time.Second,
		Progress: t.Output(),
		Began: func() {
			go func() {
				defer close(done)
				meanwhile()
			}()
		},
	})
	require.NoError(t, err)
	<-done
	require.NoError(t, r.Write(t.Output()))
	require.Zero(t, r.Lost, "lost")
	require.Zero(t, r.Duplicated, "duplicated")
	require.Zero(t, r.OutOfOrder, "out of order")
	require.Zero(t, r.Violations())
	require.Greater(t, r.Sent, int(d.Seconds())*90)
	require.Equal(t, r.Sent, r.Acknowledged, "sends that failed at first went out in the end")
	require.Equal(t, r.Sent, r.DeliveredLive+r.DeliveredByResume)
	return r
}

func TestNodesAreKilledUnderLoad(t *testing.T) {
	c := shared(t)
	r := under(t, c, 20*time.Second, func() {
		time.Sleep(5 * time.Second)
		report(t, c.Kill("gateway-2", "api-1"))
		time.Sleep(7 * time.Second)
		report(t, c.Restart("gateway-2", "api-1"))
	})
	require.Positive(t, r.Reconnects, "the killed gateway had clients")
}

func TestRedisDiesUnderLoad(t *testing.T) {
	c := shared(t)
	r := under(t, c, 20*time.Second, func() {
		time.Sleep(4 * time.Second)
		report(t, c.Kill("redis"))
		time.Sleep(8 * time.Second)
		report(t, c.Restart("redis"))
	})
	require.Zero(t, r.Reconnects, "sockets stay open")
	// The promise is two seconds; the rest is for a busy machine.
	require.Less(t, max(r.Delivery.Max, r.Resume.Max), 5000.0, "messages arrive while Redis is down")
}

// TestRedisHangsUnderLoad: a connection that stays open and says nothing is worse than one that breaks.
func TestRedisHangsUnderLoad(t *testing.T) {
	c := shared(t)
	r := under(t, c, 20*time.Second, func() {
		time.Sleep(4 * time.Second)
		report(t, c.Freeze("redis"))
		time.Sleep(8 * time.Second)
		report(t, c.Thaw("redis"))
	})
	require.Zero(t, r.Reconnects, "sockets stay open")
	require.Less(t, max(r.Delivery.Max, r.Resume.Max), 5000.0, "messages arrive while Redis hangs")
}

// TestAGatewayHangsUnderLoad: its clients notice by the heartbeats that don't come, and go elsewhere.
func TestAGatewayHangsUnderLoad(t *testing.T) {
	c := own(t, "PARLEY_MESSAGE_RATE=0", "PARLEY_PING_INTERVAL=1s")
	r := under(t, c, 20*time.Second, func() {
		time.Sleep(4 * time.Second)
		report(t, c.Freeze("gateway-2"))
		time.Sleep(10 * time.Second)
		report(t, c.Thaw("gateway-2"))
	})
	require.Positive(t, r.Reconnects)
}

// TestRollingRestartUnderLoad restarts every gateway and every API node, one after the other, as a deployment does.
func TestRollingRestartUnderLoad(t *testing.T) {
	c := shared(t)
	r := under(t, c, 25*time.Second, func() {
		for _, node := range []string{"gateway-1", "api-1", "gateway-2", "api-2", "gateway-3"} {
			time.Sleep(time.Second)
			report(t, c.Restart(node))
		}
	})
	require.Empty(t, r.Errors, "nobody notices: no send fails, not even once")
	require.Positive(t, r.Moves, "clients were asked to move")
	require.Equal(t, r.Reconnects, r.Moves)
	t.Logf("%d moves, longest without a socket: %.0f ms", r.Moves, r.LongestGap)
	require.Less(t, r.LongestGap, 1000.0, "the new socket comes first, the old one goes after")
}

func TestDrainByOperations(t *testing.T) {
	c := shared(t)
	ann, bob := signUp(t, c.Base(), "ann"), signUp(t, c.Base(), "bob")
	conversation := direct(t, ann, bob)
	var ears []*listener
	for range 6 { // least_conn gives each gateway some of them
		ears = append(ears, listen(t, bob, c.Base()))
	}
	node := listenAt(t, ann, c.Base(), c.Gateway(1)).Node()
	res, body := ask(t, http.MethodPost, c.GatewayOps(1)+"/drain", "", nil)
	require.Less(t, res.StatusCode, 300, "%s", body)
	defer func() { require.NoError(t, c.Restart("gateway-1")) }()
	res, _ = ask(t, http.MethodGet, c.GatewayOps(1)+"/readyz", "", nil)
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	for _, ear := range ears {
		eventually(t, soon, func() bool { return ear.Node() != node && ear.Node() != "" }, "all have moved")
	}
	sent := say(t, ann, conversation, "still here?")
	for _, ear := range ears {
		require.Equal(t, client.Live, ear.delivery(sent.ID).Source)
		require.Equal(t, ear.Stats().Reconnects, ear.Stats().Moves)
	}
}

func TestPresenceAfterAGatewayIsKilled(t *testing.T) {
	c := shared(t)
	ann, bob, cy := signUp(t, c.Base(), "ann"), signUp(t, c.Base(), "bob"), signUp(t, c.Base(), "cy")
	ear := listenAt(t, ann, c.Base(), c.Gateway(1))
	is := func(s *client.Session, online bool) func(client.Frame) bool {
		return func(f client.Frame) bool {
			return f.Type == "presence" && f.UserID == s.User().ID && f.Online == online
		}
	}
	direct(t, ann, bob)
	direct(t, ann, cy)
	listenAt(t, bob, c.Base(), c.Gateway(2)) // has nowhere else to go
	listenAt(t, cy, c.Base(), c.Gateway(2))
	listenAt(t, cy, c.Base(), c.Gateway(3)) // is on two
	require.NoError(t, ear.Watch(bob.User().ID, cy.User().ID))
	ear.frame(soon, 0, "bob is online", is(bob, true))
	ear.frame(soon, 0, "cy is online", is(cy, true))

	skip := ear.seen()
	require.NoError(t, c.Kill("gateway-2"))
	ear.frame(30*time.Second, skip, "bob is offline", is(bob, false))
	for _, f := range ear.all()[skip:] {
		require.False(t, is(cy, false)(f), "cy has another socket: %+v", f)
	}
	skip = ear.seen()
	require.NoError(t, c.Restart("gateway-2"))
	ear.frame(30*time.Second, skip, "bob is back", is(bob, true))
}
