package service_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
)

// TestWhoIsInADirectConversationIsRemembered for those who are, and for nobody else.
func TestWhoIsInADirectConversationIsRemembered(t *testing.T) {
	w := newWorld(t)
	id := w.direct(t, w.ada, w.bob)
	for range 3 {
		w.send(t, w.ada, id, "hello")
		w.send(t, w.bob, id, "hello")
		_, _, err := w.messages.Send(t.Context(), w.eve, id, service.NewMessage{ClientID: "k", Text: "let me in"})
		requireCode(t, service.CodeNotFound, err)
	}
	require.Len(t, w.published.heard(t, w.bob.UserID), 7)
	require.Len(t, w.published.heard(t, w.ada.UserID), 7)
	require.Empty(t, w.published.heard(t, w.eve.UserID))
}
