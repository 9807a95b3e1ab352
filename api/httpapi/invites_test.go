package httpapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/apitest"
	"github.com/parley-chat/parley/api/config"
	"github.com/parley-chat/parley/api/service"
)

// An invite from its making to its end: apitest holds each answer to the API's document.
func TestAnInviteIsAsDocumented(t *testing.T) {
	node := apitest.Start(t, apitest.With(func(c *config.Config) { c.InviteBurst = 12 }))
	ada, bob, eve := node.Signup(t, "Ada"), node.Signup(t, "Bob"), node.Signup(t, "Eve")
	var made struct{ Conversation service.ConversationView }
	node.Do(t, post, "/api/conversations", object{"type": "group", "title": "Crew"}, ada.Auth()...).Into(t, &made)
	path := "/api/conversations/" + string(made.Conversation.ID) + "/invites"

	var invite struct{ Invite service.InviteView }
	answer := node.Do(t, post, path, object{"expiresInSeconds": nil, "maxUses": 1}, ada.Auth()...)
	require.Equal(t, 201, answer.Status, "%s", answer.Body)
	answer.Into(t, &invite)
	require.Zero(t, invite.Invite.ExpiresAt)
	require.Equal(t, 201, node.Do(t, post, path, nil, ada.Auth()...).Status, "nothing said is a week, for anybody")
	require.Equal(t, []string{"maxUses"}, node.Do(t, post, path, object{"maxUses": -1}, ada.Auth()...).Fields())
	require.Equal(t, service.CodeUnknownField, node.Do(t, post, path, object{"uses": 1}, ada.Auth()...).Code())
	require.Equal(t, service.CodeNotFound, node.Do(t, post, path, object{}, bob.Auth()...).Code())

	link := "/api/invites/" + invite.Invite.Code
	require.Equal(t, service.CodeUnauthenticated, node.Do(t, get, link, nil).Code())
	require.JSONEq(t, `{"title":"Crew","avatarUrl":null,"memberCount":1,"conversationId":null}`, string(node.Do(t, get, link, nil, bob.Auth()...).Body))
	joined := node.Do(t, post, link+"/join", nil, bob.Auth()...)
	require.Equal(t, 200, joined.Status, "%s", joined.Body)
	require.Equal(t, service.CodeForbidden, node.Do(t, get, path, nil, bob.Auth()...).Code())
	require.Equal(t, service.CodeInviteUsedUp, node.Do(t, get, link, nil, eve.Auth()...).Code())

	var list struct{ Invites []service.InviteView }
	node.Do(t, get, path, nil, ada.Auth()...).Into(t, &list)
	require.Len(t, list.Invites, 2)
	require.Equal(t, 204, node.Do(t, "DELETE", path+"/"+string(invite.Invite.ID), nil, ada.Auth()...).Status)
	require.Equal(t, service.CodeNotFound, node.Do(t, "DELETE", path+"/x", nil, ada.Auth()...).Code())
	require.Equal(t, service.CodeInviteRevoked, node.Do(t, post, link+"/join", nil, eve.Auth()...).Code())

	for range 12 { // who guesses codes is slowed down
		answer = node.Do(t, get, "/api/invites/GUESS", nil, eve.Auth()...)
	}
	require.Equal(t, service.CodeRateLimited, answer.Code())
	require.NotEmpty(t, answer.Header.Get("RateLimit-Limit"))
}
