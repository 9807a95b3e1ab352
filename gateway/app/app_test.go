package app_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/gateway/gatewaytest"
	"github.com/parley-chat/parley/pkg/frame"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSocketGetsWhatIsPublishedForItsUser(t *testing.T) {
	t.Parallel()
	w := gatewaytest.NewWorld(t)
	g := w.Start(t)
	alice, bob := w.Login(t), w.Login(t)
	a1, a2, b := gatewaytest.Connect(t, g, alice), gatewaytest.Connect(t, g, alice), gatewaytest.Connect(t, g, bob)
	require.Equal(t, alice.UserID, a1.Hello.UserID)
	require.NotEqual(t, a1.Hello.ConnectionID, a2.Hello.ConnectionID)

	for i := range 100 {
		w.Publish(alice.UserID, fmt.Sprintf(`{"n":%d}`, i))
	}
	w.Publish(bob.UserID, `{"type":"read"}`)
	for i := range 100 {
		want := fmt.Sprintf(`{"n":%d}`, i)
		require.Equal(t, want, a1.Next(t))
		require.Equal(t, want, a2.Next(t))
	}
	b.Await(t, frame.Read)
}
