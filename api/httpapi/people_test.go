package httpapi_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/apitest"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

const put = "PUT"

// open is the direct conversation of two, as the first one sees it.
func open(t *testing.T, node *apitest.Node, a, b apitest.User) service.ConversationView {
	t.Helper()
	var answer struct{ Conversation service.ConversationView }
	node.Do(t, post, "/api/conversations", object{"type": "direct", "userId": b.ID}, a.Auth()...).Into(t, &answer)
	return answer.Conversation
}

func send(t *testing.T, node *apitest.Node, u apitest.User, id chat.ConversationID, clientID string) apitest.Answer {
	t.Helper()
	return node.Do(t, post, "/api/conversations/"+string(id)+"/messages", object{"clientId": clientID, "text": "Hi"}, u.Auth()...)
}

// heard are the frames of a type on a user's channel.
func heard(t *testing.T, node *apitest.Node, u apitest.User, kind string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for _, payload := range node.Bus.Messages(bus.UserChannel(u.ID)) {
		var f map[string]any
		if payload[0] == bus.OrderMark {
			continue
		}
		require.NoError(t, json.Unmarshal([]byte(payload), &f))
		if f["type"] == kind {
			found = append(found, f)
		}
	}
	return found
}

func TestSettingsOfAConversation(t *testing.T) {
	node := apitest.Start(t)
	ada, bob, eve := node.Signup(t, "Ada"), node.Signup(t, "Bob"), node.Signup(t, "Eve")
	id := open(t, node, ada, bob).ID
	path := "/api/conversations/" + string(id)
	set := func(change object) service.ConversationView {
		t.Helper()
		var view struct{ Conversation service.ConversationView }
		answer := node.Do(t, patch, path+"/settings", change, ada.Auth()...)
		require.Equal(t, 200, answer.Status, "%s", answer.Body)
		answer.Into(t, &view)
		return view.Conversation
	}
	const forever = "9999-12-31T23:59:59.999Z"
	view := set(object{"mutedUntil": forever, "pinned": true})
	require.True(t, view.Pinned)
	text, err := json.Marshal(view.MutedUntil)
	require.NoError(t, err)
	require.JSONEq(t, `"`+forever+`"`, string(text))
	require.Zero(t, set(object{"mutedUntil": "2001-01-01T00:00:00Z"}).MutedUntil, "what is over is none")
	set(object{"mutedUntil": forever})
	require.Zero(t, set(object{"mutedUntil": nil}).MutedUntil)
	require.False(t, set(object{"pinned": false}).Pinned)
	require.Len(t, heard(t, node, ada, "conversation.settings"), 5)
	require.Equal(t, map[string]any{
		"type": "conversation.settings", "conversationId": string(id), "mutedUntil": forever, "archived": false, "pinned": true, "markedUnread": false,
	}, heard(t, node, ada, "conversation.settings")[0])
	require.Empty(t, heard(t, node, bob, "conversation.settings"), "they are nobody else's")

	require.True(t, set(object{"archived": true}).Archived)
	require.Equal(t, 201, send(t, node, ada, id, "own").Status)
	require.True(t, set(object{}).Archived, "one's own message takes it not out")
	set(object{"mutedUntil": forever})
	require.Equal(t, 201, send(t, node, bob, id, "muted").Status)
	require.True(t, set(object{}).Archived, "nor does a message while it is muted")
	require.False(t, set(object{"mutedUntil": nil}).Archived)
	require.True(t, set(object{"archived": true}).Archived)
	require.Equal(t, 201, send(t, node, bob, id, "loud").Status)
	require.False(t, set(object{}).Archived)

	require.True(t, set(object{"markedUnread": true}).MarkedUnread)
	var synced struct {
		Settings map[chat.ConversationID]struct{ MarkedUnread bool }
	}
	node.Do(t, post, "/api/sync", object{"conversations": object{string(id): 4}}, ada.Auth()...).Into(t, &synced)
	require.True(t, synced.Settings[id].MarkedUnread)
	for range 2 {
		require.Equal(t, 200, node.Do(t, post, path+"/read", object{"seq": 4}, ada.Auth()...).Status)
		require.False(t, set(object{}).MarkedUnread, "reading ends it")
	}
	last := heard(t, node, ada, "conversation.settings")
	require.Equal(t, false, last[len(last)-1]["markedUnread"])

	require.Equal(t, service.CodeNotFound, node.Do(t, patch, path+"/settings", object{"pinned": true}, eve.Auth()...).Code())
	require.Equal(t, service.CodeValidation, node.Do(t, patch, path+"/settings", object{"pinned": 1}, ada.Auth()...).Code())
}

func TestDelivered(t *testing.T) {
	node := apitest.Start(t)
	ada, bob, eve := node.Signup(t, "Ada"), node.Signup(t, "Bob"), node.Signup(t, "Eve")
	view := open(t, node, ada, bob)
	for _, n := range []string{"1", "2", "3"} {
		require.Equal(t, 201, send(t, node, ada, view.ID, n).Status)
	}
	tell := func(u apitest.User, seqs object) apitest.Answer {
		return node.Do(t, post, "/api/delivered", object{"conversations": seqs}, u.Auth()...)
	}
	require.Equal(t, 204, tell(bob, object{}).Status)
	for _, seq := range []int{3, 3, 2, 99} {
		require.Equal(t, 204, tell(bob, object{string(view.ID): seq, string(chat.NewID[chat.ConversationID]()): 5}).Status)
	}
	require.Equal(t, 204, tell(eve, object{string(view.ID): 4}).Status)
	require.Equal(t, []map[string]any{{"type": "delivered", "conversationId": string(view.ID), "userId": string(bob.ID), "seq": 3.0}}, heard(t, node, ada, "delivered"))
	require.Empty(t, heard(t, node, bob, "delivered"))
	require.Equal(t, service.CodeValidation, tell(bob, object{string(view.ID): 0}).Code())
	require.Equal(t, service.CodeValidation, tell(bob, object{"x": 1}).Code())

	positions := func() map[chat.UserID][2]int64 {
		found := map[chat.UserID][2]int64{}
		for _, m := range open(t, node, ada, bob).Members {
			found[m.UserID] = [2]int64{m.ReadSeq, m.DeliveredSeq}
		}
		return found
	}
	require.Equal(t, map[chat.UserID][2]int64{ada.ID: {1, 1}, bob.ID: {1, 3}}, positions())
	var synced struct {
		Delivered map[chat.ConversationID]map[chat.UserID]int64
	}
	node.Do(t, post, "/api/sync", object{"conversations": object{string(view.ID): 4}}, ada.Auth()...).Into(t, &synced)
	require.EqualValues(t, 3, synced.Delivered[view.ID][bob.ID])
	require.Equal(t, 200, node.Do(t, post, "/api/conversations/"+string(view.ID)+"/read", object{"seq": 4}, bob.Auth()...).Status)
	require.Equal(t, [2]int64{4, 4}, positions()[bob.ID], "who has read it has got it")
}

func TestBlocking(t *testing.T) {
	node := apitest.Start(t)
	ada, bob, eve := node.Signup(t, "Ada"), node.Signup(t, "Bob"), node.Signup(t, "Eve")
	id := open(t, node, ada, bob).ID
	require.Equal(t, 201, send(t, node, bob, id, "before").Status)
	block := func(method string, u apitest.User, whom chat.UserID) apitest.Answer {
		return node.Do(t, method, "/api/users/"+string(whom)+"/block", nil, u.Auth()...)
	}
	for range 2 {
		require.Equal(t, 204, block(put, ada, bob.ID).Status)
		require.Equal(t, 204, block(put, ada, eve.ID).Status)
	}
	require.Equal(t, service.CodeValidation, block(put, ada, ada.ID).Code())
	require.Equal(t, service.CodeNotFound, block(put, ada, chat.NewID[chat.UserID]()).Code())
	require.NotEmpty(t, heard(t, node, ada, "user.blocked"))
	require.Empty(t, heard(t, node, bob, "user.blocked"), "the other is not told")

	var list struct {
		Users      []service.UserView
		NextCursor *string
	}
	node.Do(t, get, "/api/users/blocked?limit=1", nil, ada.Auth()...).Into(t, &list)
	require.Len(t, list.Users, 1)
	first := list.Users[0].ID
	node.Do(t, get, "/api/users/blocked?limit=1&cursor="+*list.NextCursor, nil, ada.Auth()...).Into(t, &list)
	require.Nil(t, list.NextCursor)
	require.ElementsMatch(t, []chat.UserID{bob.ID, eve.ID}, []chat.UserID{first, list.Users[0].ID})
	blocked := func(u apitest.User, whom chat.UserID) bool {
		var answer struct{ User struct{ Blocked bool } }
		node.Do(t, get, "/api/users/"+string(whom), nil, u.Auth()...).Into(t, &answer)
		return answer.User.Blocked
	}
	require.True(t, blocked(ada, bob.ID))
	require.False(t, blocked(bob, ada.ID), "nobody learns that they are blocked")

	for _, u := range []apitest.User{ada, bob} {
		require.Equal(t, service.CodeBlocked, send(t, node, u, id, "after").Code(), "neither writes")
	}
	again := send(t, node, bob, id, "before")
	require.Equal(t, 200, again.Status, "what was sent was sent")
	require.Equal(t, id, open(t, node, bob, ada).ID, "what there is stays to be read")
	require.Equal(t, service.CodeBlocked, node.Do(t, post, "/api/conversations", object{"type": "direct", "userId": ada.ID}, eve.Auth()...).Code())
	require.Equal(t, service.CodeBlocked, node.Do(t, post, "/api/conversations", object{"type": "direct", "userId": eve.ID}, ada.Auth()...).Code())

	for range 2 {
		require.Equal(t, 204, block(del, ada, bob.ID).Status)
	}
	require.NotEmpty(t, heard(t, node, ada, "user.unblocked"))
	require.Equal(t, 201, send(t, node, bob, id, "after").Status)
}

func TestPresenceSettings(t *testing.T) {
	node := apitest.Start(t)
	ada, bob, eve := node.Signup(t, "Ada"), node.Signup(t, "Bob"), node.Signup(t, "Eve")
	open(t, node, ada, bob)
	for _, u := range []apitest.User{ada, bob, eve} {
		require.NoError(t, node.Ports.Store.SetLastSeen(t.Context(), 1000, u.ID))
	}
	set := func(u apitest.User, settings object) service.PresenceSettings {
		t.Helper()
		var answer struct{ User service.SelfView }
		node.Do(t, patch, "/api/auth/me", object{"settings": settings}, u.Auth()...).Into(t, &answer)
		return answer.User.Settings
	}
	// sees tells whether one is told when the other was last seen, which all routes have to agree about.
	sees := func(u, whom apitest.User) bool {
		t.Helper()
		var one struct{ User service.UserView }
		node.Do(t, get, "/api/users/"+string(whom.ID), nil, u.Auth()...).Into(t, &one)
		var all struct{ Users []service.UserView }
		node.Do(t, get, "/api/users", nil, u.Auth()...).Into(t, &all)
		for _, x := range all.Users {
			if x.ID == whom.ID {
				require.Equal(t, one.User.LastSeenAt, x.LastSeenAt)
			}
		}
		var mine struct{ Conversations []service.ConversationView }
		node.Do(t, get, "/api/conversations", nil, u.Auth()...).Into(t, &mine)
		for _, c := range mine.Conversations {
			for _, m := range c.Members {
				if m.UserID == whom.ID {
					require.Equal(t, one.User.LastSeenAt, m.LastSeenAt)
				}
			}
		}
		return one.User.LastSeenAt != 0
	}
	require.Equal(t, service.PresenceSettings{LastSeen: "everybody"}, set(ada, object{}))
	require.True(t, sees(bob, ada))
	require.True(t, sees(eve, ada))
	require.Equal(t, service.PresenceSettings{LastSeen: "contacts"}, set(ada, object{"lastSeen": "contacts"}))
	require.True(t, sees(bob, ada))
	require.False(t, sees(eve, ada))
	require.False(t, sees(ada, eve), "as oneself, so the others")
	set(ada, object{"lastSeen": "nobody"})
	require.False(t, sees(bob, ada))
	require.False(t, sees(ada, bob))
	set(ada, object{"lastSeen": "everybody"})
	require.Equal(t, 204, node.Do(t, put, "/api/users/"+string(bob.ID)+"/block", nil, ada.Auth()...).Status)
	require.False(t, sees(bob, ada))
	require.False(t, sees(ada, bob))

	require.Equal(t, service.PresenceSettings{LastSeen: "everybody", Invisible: true}, set(ada, object{"invisible": true}))
	u, err := node.Ports.Store.User(t.Context(), ada.ID)
	require.NoError(t, err)
	require.Greater(t, u.LastSeenAt, chat.Time(1000), "last seen when they hid")
	require.NoError(t, node.Ports.Store.SetLastSeen(t.Context(), u.LastSeenAt+1000, ada.ID))
	again, err := node.Ports.Store.User(t.Context(), ada.ID)
	require.NoError(t, err)
	require.Equal(t, u, again)
	require.Equal(t, []string{"settings.lastSeen"}, node.Do(t, patch, "/api/auth/me", object{"settings": object{"lastSeen": ""}}, ada.Auth()...).Fields())
}
