package admission_test

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/gateway/admission"
	"github.com/parley-chat/parley/pkg/chat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	wide = admission.Limits{Sockets: 1000, PerAddress: 1000, PerUser: 1000, Rate: 1000}
	now  = time.Unix(1000, 0)
)

func enter(t *testing.T, g *admission.Gate, addr string, want admission.Refusal) *admission.Pass {
	t.Helper()
	p, refusal := g.Enter(netip.MustParseAddr(addr), now)
	require.Equal(t, want, refusal)
	return p
}

func TestNodeLimit(t *testing.T) {
	l := wide
	l.Sockets = 2
	g := admission.New(l)
	enter(t, g, "192.0.2.1", "")
	p := enter(t, g, "192.0.2.2", "")
	enter(t, g, "192.0.2.3", admission.NodeFull)
	p.Leave()
	p.Leave()
	require.Equal(t, 1, g.Sockets())
	enter(t, g, "192.0.2.3", "")
	enter(t, g, "192.0.2.3", admission.NodeFull)
}

func TestAddressLimit(t *testing.T) {
	l := wide
	l.PerAddress = 1
	g := admission.New(l)
	p := enter(t, g, "192.0.2.1", "")
	enter(t, g, "192.0.2.1", admission.AddressFull)
	enter(t, g, "::ffff:192.0.2.1", admission.AddressFull)
	enter(t, g, "192.0.2.2", "")
	enter(t, g, "2001:db8::1", "")
	enter(t, g, "2001:db8::2", admission.AddressFull)
	enter(t, g, "2001:db8:0:1::2", "")
	p.Leave()
	enter(t, g, "192.0.2.1", "")
}

func TestUserLimit(t *testing.T) {
	l := wide
	l.PerUser = 1
	g := admission.New(l)
	p, q, r := enter(t, g, "192.0.2.1", ""), enter(t, g, "192.0.2.1", ""), enter(t, g, "192.0.2.1", "")
	require.Empty(t, p.SetUser("alice"))
	require.Equal(t, admission.UserFull, q.SetUser("alice"))
	require.Empty(t, r.SetUser("bob"))
	q.Leave()
	p.Leave()
	require.Empty(t, enter(t, g, "192.0.2.1", "").SetUser("alice"))
}

func TestRateLimit(t *testing.T) {
	l := wide
	l.Rate = 2
	g := admission.New(l)
	at := now
	count := func() (n int) {
		for {
			if _, refusal := g.Enter(netip.MustParseAddr("192.0.2.1"), at); refusal != "" {
				require.Equal(t, admission.TooFast, refusal)
				return n
			}
			n++
		}
	}
	require.Equal(t, 4, count(), "a burst")
	at = at.Add(time.Second)
	require.Equal(t, 2, count())
	at = at.Add(time.Hour)
	require.Equal(t, 4, count())
}

func TestDraining(t *testing.T) {
	g := admission.New(wide)
	require.False(t, g.Draining())
	g.SetDraining()
	require.True(t, g.Draining())
	enter(t, g, "192.0.2.1", admission.Draining)
}

func TestNothingIsLeftBehind(t *testing.T) {
	g := admission.New(admission.Limits{Sockets: 10_000, PerAddress: 10_000, PerUser: 10_000, Rate: 1_000_000})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				p, refusal := g.Enter(netip.MustParseAddr("192.0.2.1"), now)
				if refusal != "" || p.SetUser(chat.UserID("alice")) != "" {
					t.Error("refused")
					return
				}
				p.Leave()
			}
		})
	}
	wg.Wait()
	require.Zero(t, g.Sockets())
}
