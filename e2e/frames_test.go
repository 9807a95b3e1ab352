package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

var dialer = websocket.Dialer{HandshakeTimeout: soon, Subprotocols: []string{"parley.v1"}}

func wsURL(base string) string { return strings.Replace(base, "http", "ws", 1) + "/ws" }

// open is a raw socket after its hello.
func open(t *testing.T, base, token string) *websocket.Conn {
	t.Helper()
	conn, _, err := dialer.DialContext(t.Context(), wsURL(base), bearer(token))
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(soon)))
	require.Equal(t, "hello", next(t, conn).Type)
	return conn
}

func next(t *testing.T, conn *websocket.Conn) client.Frame {
	t.Helper()
	_, data, err := conn.ReadMessage()
	require.NoError(t, err)
	var f client.Frame
	require.NoError(t, json.Unmarshal(data, &f))
	return f
}

// ending reads until the socket ends, and gives its close code.
func ending(conn *websocket.Conn) int {
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			var closed *websocket.CloseError
			if errors.As(err, &closed) {
				return closed.Code
			}
			return 0
		}
	}
}

// knock asks for a socket and gives the close code with which it is refused; 0 if it is taken in.
func knock(t *testing.T, base string, header http.Header) int {
	t.Helper()
	conn, _, err := dialer.DialContext(t.Context(), wsURL(base), header)
	require.NoError(t, err, "who is not signed in hears it by close code, since browsers see no status")
	defer conn.Close()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(soon)))
	_, _, err = conn.ReadMessage()
	var closed *websocket.CloseError
	if errors.As(err, &closed) {
		return closed.Code
	}
	return 0
}

func TestBadFrames(t *testing.T) {
	c := shared(t)
	ann := signUp(t, c.Base(), "ann")
	const nobody = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
	write := func(kind int, frames ...string) func(*websocket.Conn) {
		return func(conn *websocket.Conn) {
			for _, f := range frames {
				// The socket may be closed before all are written.
				_ = conn.WriteMessage(kind, []byte(f))
			}
		}
	}
	text := func(frames ...string) func(*websocket.Conn) { return write(websocket.TextMessage, frames...) }
	watched := make([]string, 501)
	for i := range watched {
		watched[i] = nobody
	}
	tooMany, err := json.Marshal(map[string]any{"type": "watch", "userIds": watched})
	require.NoError(t, err)

	closed := map[string]struct {
		do   func(*websocket.Conn)
		code int
	}{
		"no JSON":           {text(`hello`), client.CloseBadFrame},
		"no object":         {text(`null`), client.CloseBadFrame},
		"an unknown type":   {text(`{"type":"message.created","conversationId":"x","seq":1}`), client.CloseBadFrame},
		"binary":            {write(websocket.BinaryMessage, `{"type":"pong"}`), client.CloseBadFrame},
		"not UTF-8":         {text("{\"type\":\"\xff\"}"), client.CloseBadFrame},
		"too large":         {text(`{"type":"pong","x":"` + strings.Repeat("a", 17<<10) + `"}`), client.CloseFrameTooLarge},
		"far too large":     {text(strings.Repeat("a", 1<<20)), client.CloseFrameTooLarge},
		"too many a second": {text(strings.Split(strings.Repeat(`{"type":"pong"} `, 200), " ")[:200]...), client.CloseTooManyFrames},
	}
	for name, bad := range closed {
		t.Run(name, func(t *testing.T) {
			conn := open(t, c.Base(), ann.AccessToken())
			bad.do(conn)
			require.Equal(t, bad.code, ending(conn))
		})
	}
	refused := map[string]string{
		"a bad id":       `{"type":"typing","conversationId":"x","active":true}`,
		"a missing one":  `{"type":"typing","conversationId":"` + nobody + `"}`,
		"a wrong type":   `{"type":"watch","userIds":"all"}`,
		"too many users": string(tooMany),
	}
	for name, frame := range refused {
		t.Run(name, func(t *testing.T) {
			conn := open(t, c.Base(), ann.AccessToken())
			text(frame)(conn)
			f := next(t, conn)
			require.Equal(t, "error", f.Type, "%+v", f)
			require.NotEmpty(t, f.Code)
			require.NotEmpty(t, f.Detail)
			text(fmt.Sprintf(`{"type":"watch","userIds":["%s"]}`, ann.User().ID))(conn)
			require.Equal(t, "presence", next(t, conn).Type, "the socket lives on")
		})
	}
	t.Run("a handshake without the subprotocol", func(t *testing.T) {
		plain := websocket.Dialer{HandshakeTimeout: soon}
		_, res, err := plain.DialContext(t.Context(), wsURL(c.Base()), bearer(ann.AccessToken()))
		require.ErrorIs(t, err, websocket.ErrBadHandshake)
		require.Equal(t, http.StatusBadRequest, res.StatusCode)
	})
	t.Run("the token as a subprotocol", func(t *testing.T) {
		browser := websocket.Dialer{HandshakeTimeout: soon, Subprotocols: []string{"parley.v1", "bearer." + ann.AccessToken()}}
		conn, _, err := browser.DialContext(t.Context(), wsURL(c.Base()), nil)
		require.NoError(t, err)
		defer conn.Close()
		require.Equal(t, "parley.v1", conn.Subprotocol(), "the token is not sent back")
		require.Equal(t, ann.User().ID, next(t, conn).UserID)
	})
}
