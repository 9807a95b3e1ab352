package socket_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/gateway/socket"
)

const pong = `{"type":"pong"}`

// TestPongsAmongOthers: the short way that answers to heartbeats take changes nothing, neither what is heard nor its order.
func TestPongsAmongOthers(t *testing.T) {
	_, connect := open(t, socket.Options{FrameRate: 1000})
	p := connect()
	for range 20 {
		for _, text := range []string{pong, "a", pong, strings.Repeat("b", 2000), pong, pong, `{"type":"pong" }`, ""} {
			require.NoError(t, p.client.WriteMessage(websocket.TextMessage, []byte(text)))
			if len(text) == 1 {
				require.Equal(t, pong, <-p.received)
				require.Equal(t, "a", <-p.received)
			}
		}
		for _, text := range []string{pong, strings.Repeat("b", 2000), pong, pong, `{"type":"pong" }`, ""} {
			require.Equal(t, text, <-p.received)
		}
	}
}

func TestAPongThatComesInPieces(t *testing.T) {
	_, connect := open(t, socket.Options{})
	p := connect()
	frame := append([]byte{0x81, 0x8f, 1, 2, 3, 4}, pong...)
	for i := range pong {
		frame[6+i] ^= frame[2+i%4]
	}
	for cut := 1; cut < len(frame); cut += 5 {
		for _, part := range [][]byte{frame[:cut], frame[cut:]} {
			_, err := p.client.NetConn().Write(part)
			require.NoError(t, err)
			time.Sleep(2 * time.Millisecond)
		}
		require.Equal(t, pong, <-p.received)
	}
}

// TestFramesThatComeTogether: the first fills what the socket reads at once to the last byte, and nothing comes after the second.
func TestFramesThatComeTogether(t *testing.T) {
	_, connect := open(t, socket.Options{})
	p := connect()
	first := strings.Repeat("a", 264)
	frames := append([]byte{0x81, 0xfe, 1, 8, 0, 0, 0, 0}, first...)
	frames = append(frames, 0x81, 0x81, 0, 0, 0, 0, 'b')
	_, err := p.client.NetConn().Write(frames)
	require.NoError(t, err)
	require.Equal(t, first, <-p.received)
	require.Equal(t, "b", <-p.received)
}

func TestTooManyPongsAreTooMany(t *testing.T) {
	_, connect := open(t, socket.Options{FrameRate: 5})
	p := connect()
	for range 7 {
		require.NoError(t, p.client.WriteMessage(websocket.TextMessage, []byte(pong)))
		time.Sleep(time.Millisecond)
	}
	require.Equal(t, socket.TooManyFrames, <-p.closed)
}

// BenchmarkHeartbeat is a ping to one socket and the answer, with what both cost the client.
func BenchmarkHeartbeat(b *testing.B) {
	_, connect := open(b, socket.Options{FrameRate: 1 << 30})
	p := connect()
	b.ReportAllocs()
	for b.Loop() {
		if err := p.client.WriteMessage(websocket.TextMessage, []byte(pong)); err != nil {
			b.Fatal(err)
		}
		<-p.received
	}
}
