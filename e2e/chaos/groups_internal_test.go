package chaos

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

func TestWhatIsForSomebodyWhoCameAndWent(t *testing.T) {
	log := []client.Event{
		{Seq: 1, Type: "conversation.created"},
		{Seq: 2, Type: "message.created"},
		{Seq: 3, Type: "member.added", UserID: "guest"},
		{Seq: 4, Type: "message.created"},
		{Seq: 5, Type: "member.removed", UserID: "another"},
		{Seq: 6, Type: "member.removed", UserID: "guest"},
		{Seq: 7, Type: "message.created"},
		{Seq: 8, Type: "member.added", UserID: "guest"},
	}
	for seq, want := range map[int64]bool{0: false, 1: false, 2: false, 3: true, 4: true, 5: true, 6: true, 7: false, 8: true, 9: true} {
		require.Equal(t, want, isFor(log, "guest", seq), "entry %d", seq)
	}
}
