package httpapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/apitest"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// A group from its making to its end: apitest holds each answer to the API's document.
func TestAGroupIsAsDocumented(t *testing.T) {
	node := apitest.Start(t)
	ada, bob, eve := node.Signup(t, "Ada"), node.Signup(t, "Bob"), node.Signup(t, "Eve")
	picture := upload(t, node, ada)

	want := object{
		"type": "group", "clientId": "g", "title": "Crew", "description": "Those on board", "avatarUploadId": picture.ID, "memberIds": []chat.UserID{bob.ID},
	}
	made := node.Do(t, post, "/api/conversations", want, ada.Auth()...)
	require.Equal(t, 201, made.Status, "%s", made.Body)
	require.Equal(t, 200, node.Do(t, post, "/api/conversations", want, ada.Auth()...).Status)
	require.Equal(t, 201, node.Do(t, post, "/api/conversations", object{"type": "group", "title": "Alone"}, ada.Auth()...).Status)
	var created struct{ Conversation service.ConversationView }
	made.Into(t, &created)
	require.NotNil(t, created.Conversation.AvatarURL)
	path := "/api/conversations/" + string(created.Conversation.ID)
	member := func(u apitest.User) string { return path + "/members/" + string(u.ID) }

	require.Equal(t, service.CodeForbidden, node.Do(t, "PATCH", path, object{"title": "Mine"}, bob.Auth()...).Code())
	require.Equal(t, service.CodeNotFound, node.Do(t, "PATCH", path, object{"title": "Mine"}, eve.Auth()...).Code())
	changed := node.Do(t, "PATCH", path, object{"title": "The crew", "description": nil, "avatarUploadId": nil}, ada.Auth()...)
	require.Equal(t, 200, changed.Status, "%s", changed.Body)
	changed.Into(t, &created)
	require.Equal(t, "The crew", *created.Conversation.Title)
	require.Nil(t, created.Conversation.AvatarURL)

	for field, body := range map[string]object{
		"userId": {"type": "group", "title": "x", "userId": eve.ID}, "title": {"type": "direct", "userId": eve.ID, "title": "x"},
		"memberIds": {"type": "direct", "userId": eve.ID, "memberIds": []chat.UserID{}},
	} {
		require.Equal(t, []string{field}, node.Do(t, post, "/api/conversations", body, ada.Auth()...).Fields())
	}
	require.Equal(t, []string{"userIds"}, node.Do(t, post, path+"/members", object{}, ada.Auth()...).Fields())
	require.Equal(t, []string{"conversations"}, node.Do(t, post, "/api/delivered", object{}, ada.Auth()...).Fields())
	added := node.Do(t, post, path+"/members", object{"userIds": []chat.UserID{eve.ID, bob.ID}}, ada.Auth()...)
	require.Equal(t, 200, added.Status, "%s", added.Body)
	require.Equal(t, service.CodeForbidden, node.Do(t, post, path+"/members", object{"userIds": []chat.UserID{eve.ID}}, bob.Auth()...).Code())
	var page struct {
		Members    []service.MemberView
		NextCursor *string
	}
	node.Do(t, get, path+"/members?limit=2", nil, eve.Auth()...).Into(t, &page)
	require.Len(t, page.Members, 2)
	node.Do(t, get, path+"/members?limit=2&cursor="+*page.NextCursor, nil, eve.Auth()...).Into(t, &page)
	require.Len(t, page.Members, 1)
	require.Nil(t, page.NextCursor)
	node.Do(t, get, path+"/members?q=bo", nil, eve.Auth()...).Into(t, &page)
	require.Len(t, page.Members, 1)
	require.Equal(t, bob.ID, page.Members[0].UserID)

	require.Equal(t, 200, node.Do(t, "PATCH", member(bob), object{"role": "admin"}, ada.Auth()...).Status)
	require.Equal(t, service.CodeConflict, node.Do(t, "DELETE", member(ada), nil, ada.Auth()...).Code())
	require.Equal(t, 204, node.Do(t, "DELETE", member(eve), nil, bob.Auth()...).Status)
	require.Equal(t, service.CodeNotFound, node.Do(t, get, path+"/members", nil, eve.Auth()...).Code())
	require.Equal(t, service.CodeNotFound, node.Do(t, get, path+"/events", nil, eve.Auth()...).Code())
	require.Equal(t, 200, node.Do(t, "PATCH", member(bob), object{"role": "owner"}, ada.Auth()...).Status)
	require.Equal(t, 200, node.Do(t, get, path+"/events", nil, ada.Auth()...).Status)
	require.Equal(t, 204, node.Do(t, "DELETE", member(ada), nil, ada.Auth()...).Status)
	require.Equal(t, 204, node.Do(t, "DELETE", path, nil, bob.Auth()...).Status)
	require.Equal(t, service.CodeNotFound, node.Do(t, get, path, nil, bob.Auth()...).Code())
}
