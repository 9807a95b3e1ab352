package socket_test

import (
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/gateway/socket"
	"github.com/parley-chat/parley/gateway/wire"
)

// TestSendingAllocatesLittle guards the counts of a frame to one open socket, and of an answer to a heartbeat, with what the test's own
// client and owner need.
func TestSendingAllocatesLittle(t *testing.T) {
	_, connect := open(t, socket.Options{QueueBytes: 1 << 30, FrameRate: 1 << 30})
	p := connect()
	require.Equal(t, "hello", p.next(t))
	f := wire.Text(make([]byte, 128))
	buf := make([]byte, f.Len())
	got := testing.AllocsPerRun(200, func() {
		p.Send(f)
		for n := 0; n < len(buf); {
			m, err := p.client.NetConn().Read(buf[n:])
			if err != nil {
				return
			}
			n += m
		}
	})
	require.LessOrEqual(t, got, 2.0, "a frame out")
	answer, err := websocket.NewPreparedMessage(websocket.TextMessage, []byte(pong))
	require.NoError(t, err)
	got = testing.AllocsPerRun(200, func() {
		_ = p.client.WritePreparedMessage(answer)
		<-p.received
	})
	require.LessOrEqual(t, got, 9.0, "a pong in")
}
