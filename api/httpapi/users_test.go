package httpapi_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/apitest"
	"github.com/parley-chat/parley/api/config"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

func TestUpdateMe(t *testing.T) {
	node := apitest.Start(t)
	ada := node.Signup(t, "Ada")
	var got struct{ User service.SelfView }

	answer := node.Do(t, patch, me, object{"fullName": " Ada King ", "bio": "Two\nlines"}, ada.Auth()...)
	require.Equal(t, 200, answer.Status, "%s", answer.Body)
	answer.Into(t, &got)
	require.Equal(t, "Ada King", got.User.FullName)
	require.Equal(t, "Two\nlines", got.User.Bio)
	require.Equal(t, ada.Email, got.User.Email)

	node.Do(t, patch, me, object{"bio": nil}, ada.Auth()...).Into(t, &got)
	require.Empty(t, got.User.Bio)
	require.Equal(t, "Ada King", got.User.FullName, "what isn't named stays")
	require.Equal(t, 200, node.Do(t, patch, me, object{}, ada.Auth()...).Status)

	for field, value := range map[string]any{
		"fullName": nil, "bio": strings.Repeat("x", 301), "avatarUploadId": string(chat.NewID[chat.UploadID]()),
	} {
		refused := node.Do(t, patch, me, object{field: value}, ada.Auth()...)
		require.Equal(t, service.CodeValidation, refused.Code(), "%s: %s", field, refused.Body)
		require.Equal(t, []string{field}, refused.Fields())
	}
	require.Equal(t, service.CodeUnknownField, node.Do(t, patch, me, object{"email": "x@example.org"}, ada.Auth()...).Code())
}

func upload(t *testing.T, node *apitest.Node, u apitest.User) chat.Attachment {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "avatar.png")
	require.NoError(t, err)
	require.NoError(t, png.Encode(file, image.NewRGBA(image.Rect(0, 0, 8, 8))))
	require.NoError(t, form.Close())
	answer := node.Do(t, post, "/api/uploads", body.Bytes(), append(u.Auth(), "Content-Type", form.FormDataContentType())...)
	require.Equal(t, 201, answer.Status, "%s", answer.Body)
	var a chat.Attachment
	answer.Into(t, &a)
	return a
}

func TestAvatar(t *testing.T) {
	node := apitest.Start(t)
	ada, bob := node.Signup(t, "Ada"), node.Signup(t, "Bob")
	picture := upload(t, node, ada)
	var got struct{ User service.UserView }

	stolen := node.Do(t, patch, me, object{"avatarUploadId": picture.ID}, bob.Auth()...)
	require.Equal(t, []string{"avatarUploadId"}, stolen.Fields(), "somebody else's upload is none")

	require.Equal(t, 200, node.Do(t, patch, me, object{"avatarUploadId": picture.ID}, ada.Auth()...).Status)
	node.Do(t, get, "/api/users/"+string(ada.ID), nil, bob.Auth()...).Into(t, &got)
	require.NotNil(t, got.User.AvatarURL)
	require.Equal(t, picture.ThumbnailURL, *got.User.AvatarURL)

	node.Do(t, patch, me, object{"bio": "x"}, ada.Auth()...).Into(t, &got)
	require.NotNil(t, got.User.AvatarURL)
	node.Do(t, patch, me, object{"avatarUploadId": nil}, ada.Auth()...).Into(t, &got)
	require.Nil(t, got.User.AvatarURL)
}

func TestGetUser(t *testing.T) {
	node := apitest.Start(t)
	ada, bob := node.Signup(t, "Ada"), node.Signup(t, "Bob")
	answer := node.Do(t, get, "/api/users/"+string(bob.ID), nil, ada.Auth()...)
	require.Equal(t, 200, answer.Status)
	require.NotContains(t, string(answer.Body), bob.Email, "an address is its owner's")
	for _, id := range []string{string(chat.NewID[chat.UserID]()), "x", "..%2f..", strings.Repeat("9", 26), strings.ToLower(string(bob.ID)) + "x"} {
		require.Equal(t, service.CodeNotFound, node.Do(t, get, "/api/users/"+id, nil, ada.Auth()...).Code(), id)
	}
}

type usersPage struct {
	Users      []service.UserView
	NextCursor *string
}

func TestDirectory(t *testing.T) {
	node := apitest.Start(t)
	ada := node.Signup(t, "Ada Lovelace")
	for _, name := range []string{"Grace Hopper", "Édith Piaf", "Alan Turing", "Grace Kelly", "grace jones"} {
		node.Signup(t, name)
	}
	find := func(query string) (names []string, next *string) {
		var page usersPage
		answer := node.Do(t, get, "/api/users?"+query, nil, ada.Auth()...)
		require.Equal(t, 200, answer.Status, "%s", answer.Body)
		answer.Into(t, &page)
		require.NotContains(t, string(answer.Body), "@")
		for _, u := range page.Users {
			names = append(names, u.FullName)
		}
		return names, page.NextCursor
	}
	tests := []struct {
		query string
		want  []string
	}{
		{"", []string{"Alan Turing", "Édith Piaf", "Grace Hopper", "grace jones", "Grace Kelly"}},
		{"q=GRACE", []string{"Grace Hopper", "grace jones", "Grace Kelly"}},
		{"q=hop", []string{"Grace Hopper"}},
		{"q=edith", []string{"Édith Piaf"}},
		{"q=ada", nil},
		{"q=%25", nil},
		{"q=grace+k", []string{"Grace Kelly"}},
	}
	for _, test := range tests {
		names, next := find(test.query)
		require.Equal(t, test.want, names, test.query)
		require.Nil(t, next)
	}

	var all []string
	query := "limit=2"
	for range 3 {
		names, next := find(query)
		all = append(all, names...)
		if next == nil {
			break
		}
		query = "limit=2&cursor=" + *next
	}
	require.Equal(t, tests[0].want, all, "page by page")
	names, _ := find("q=nobody")
	require.Empty(t, names)
	require.Contains(t, string(node.Do(t, get, "/api/users?q=nobody", nil, ada.Auth()...).Body), `"users":[]`)
}

func TestDirectoryRefuses(t *testing.T) {
	node := apitest.Start(t)
	ada := node.Signup(t, "Ada")
	tests := []struct {
		query string
		code  service.Code
	}{
		{"limit=0", service.CodeValidation},
		{"limit=101", service.CodeValidation},
		{"limit=x", service.CodeValidation},
		{"limit=1e1", service.CodeValidation},
		{"q=" + strings.Repeat("x", 81), service.CodeValidation},
		{"cursor=x", service.CodeInvalidCursor},
		{"cursor=eyJ4IjoxfQ", service.CodeInvalidCursor},
		{"cursor=" + strings.Repeat("A", 2000), service.CodeInvalidCursor},
	}
	for _, test := range tests {
		require.Equal(t, test.code, node.Do(t, get, "/api/users?"+test.query, nil, ada.Auth()...).Code(), test.query)
	}
}

func TestUnsignedIn(t *testing.T) {
	node := apitest.Start(t)
	for _, path := range []string{me, "/api/users", "/api/users/x", "/api/auth/sessions", "/api/conversations"} {
		require.Equal(t, service.CodeUnauthenticated, node.Do(t, get, path, nil).Code(), path)
	}
}

func TestSessions(t *testing.T) {
	node := apitest.Start(t)
	ada, bob := node.Signup(t, "Ada"), node.Signup(t, "Bob")
	phone := node.Login(t, ada)
	var list struct{ Sessions []service.SessionView }
	answer := node.Do(t, get, "/api/auth/sessions", nil, ada.Auth()...)
	answer.Into(t, &list)
	require.Len(t, list.Sessions, 2)
	require.NotContains(t, string(answer.Body), "ash")
	var current, other service.SessionView
	for _, s := range list.Sessions {
		require.Equal(t, "127.0.0.1", s.Address)
		require.Equal(t, "Go-http-client/1.1", s.UserAgent)
		if s.Current {
			current = s
		} else {
			other = s
		}
	}
	require.NotEmpty(t, current.ID)
	require.NotEmpty(t, other.ID)

	path := "/api/auth/sessions/" + string(other.ID)
	require.Equal(t, service.CodeNotFound, node.Do(t, del, path, nil, bob.Auth()...).Code(), "only one's own")
	require.Equal(t, 200, node.Do(t, get, me, nil, phone.Auth()...).Status)
	require.Equal(t, 204, node.Do(t, del, path, nil, ada.Auth()...).Status)
	require.Equal(t, service.CodeSessionRevoked, node.Do(t, get, me, nil, phone.Auth()...).Code(), "at once on this node")
	require.Equal(t, []chat.SessionID{other.ID}, orders(node, ada))
	require.Equal(t, service.CodeNotFound, node.Do(t, del, path, nil, ada.Auth()...).Code())
	require.Equal(t, service.CodeNotFound, node.Do(t, del, "/api/auth/sessions/x", nil, ada.Auth()...).Code())

	own := node.Do(t, del, "/api/auth/sessions/"+string(current.ID), nil, ada.Auth()...)
	require.Equal(t, 204, own.Status)
	require.Negative(t, own.Cookies["parley_access"].MaxAge)
	require.Equal(t, service.CodeSessionRevoked, node.Do(t, get, me, nil, ada.Auth()...).Code())
}

func TestTheOldestSessionsMakeRoom(t *testing.T) {
	node := apitest.Start(t, apitest.With(func(c *config.Config) { c.LoginRate = 0 }))
	first := node.Signup(t, "Ada")
	second := node.Login(t, first)
	refreshed := node.Do(t, post, refresh, object{"refreshToken": first.Refresh})
	require.Equal(t, 200, refreshed.Status, "so the second is the one used longest ago")
	for range 49 {
		node.Login(t, first)
	}
	require.Equal(t, service.CodeSessionRevoked, node.Do(t, get, me, nil, second.Auth()...).Code())
	require.Equal(t, 200, node.Do(t, get, me, nil, first.Auth()...).Status)
	var list struct{ Sessions []service.SessionView }
	node.Do(t, get, "/api/auth/sessions", nil, first.Auth()...).Into(t, &list)
	require.Len(t, list.Sessions, 50)
	require.Len(t, orders(node, first), 1, fmt.Sprint(orders(node, first)))
}
