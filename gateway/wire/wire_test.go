package wire_test

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/gateway/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// read makes gorilla's client read the frames, and gives what it read and the error that ended it.
func read(t *testing.T, frames ...*wire.Frame) (texts, pongs []string, err error) {
	t.Helper()
	server, client := net.Pipe()
	defer server.Close()
	go func() {
		r, err := http.ReadRequest(bufio.NewReader(server))
		if err != nil {
			return
		}
		u := websocket.Upgrader{}
		if _, err := u.Upgrade(&hijackable{conn: server}, r, nil); err != nil {
			return
		}
		_, _ = server.Write(wire.Join(frames...).Bytes())
		_ = server.Close()
	}()
	conn, _, err := websocket.NewClient(client, &url.URL{Scheme: "ws", Host: "x", Path: "/"}, nil, 0, 0) //nolint:staticcheck // the only way with a pipe
	require.NoError(t, err)
	defer conn.Close()
	conn.SetPongHandler(func(s string) error { pongs = append(pongs, s); return nil })
	for {
		_, b, err := conn.ReadMessage()
		if err != nil {
			return texts, pongs, err
		}
		texts = append(texts, string(b))
	}
}

type hijackable struct {
	http.ResponseWriter
	conn net.Conn
}

func (h *hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(bufio.NewReader(h.conn), bufio.NewWriter(h.conn)), nil
}

func TestAClientReadsWhatIsFramed(t *testing.T) {
	var want []string
	var frames []*wire.Frame
	for _, n := range []int{0, 1, 125, 126, 127, 65535, 65536, 100_000} {
		want = append(want, strings.Repeat("z", n))
		frames = append(frames, wire.Text([]byte(want[len(want)-1])))
	}
	frames = append(frames, wire.Pong("data"), wire.Pong(strings.Repeat("p", 300)), wire.Close(4430, "too_slow"))
	texts, pongs, err := read(t, frames...)
	require.Equal(t, want, texts)
	require.Equal(t, []string{"data", strings.Repeat("p", 125)}, pongs)
	require.True(t, websocket.IsCloseError(err, 4430), "%v", err)
	require.ErrorContains(t, err, "too_slow")
}

func TestALongReasonIsCutBetweenCharacters(t *testing.T) {
	_, _, err := read(t, wire.Close(4400, strings.Repeat("é", 100)))
	require.True(t, websocket.IsCloseError(err, 4400), "%v", err)
	require.ErrorContains(t, err, strings.Repeat("é", 61))
}

func TestTextCopiesItsPayload(t *testing.T) {
	payload := []byte("abc")
	f := wire.Text(payload)
	payload[0] = 'x'
	require.True(t, bytes.HasSuffix(f.Bytes(), []byte("abc")))
}

func BenchmarkText(b *testing.B) {
	payload := bytes.Repeat([]byte("x"), 128)
	b.ReportAllocs()
	for b.Loop() {
		_ = wire.Text(payload)
	}
}
