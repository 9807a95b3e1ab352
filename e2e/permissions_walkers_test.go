package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/pkg/chat"
)

// walkers do what the rows of docs/permissions.md name, and say how that went.
var walkers = map[string]func(*cell) (string, error){
	"read the conversation":                route(http.MethodGet, "/api/conversations/{c}", ""),
	"read its messages":                    route(http.MethodGet, "/api/conversations/{c}/messages", ""),
	"read one message":                     route(http.MethodGet, "/api/conversations/{c}/messages/{other}", ""),
	"get a file of it":                     getsFile,
	"read its events":                      route(http.MethodGet, "/api/conversations/{c}/events?after=0", ""),
	"find its messages":                    findsIn,
	"get it by sync":                       synced,
	"list its members":                     route(http.MethodGet, "/api/conversations/{c}/members", ""),
	"list what is pinned":                  route(http.MethodGet, "/api/conversations/{c}/pins", ""),
	"hear what happens (socket)":           heardLive,
	"tell that one types (socket)":         types,
	"send a message":                       route(http.MethodPost, "/api/conversations/{c}/messages", `{"clientId":"{key}","text":"x"}`),
	"reply":                                route(http.MethodPost, "/api/conversations/{c}/messages", `{"clientId":"{key}","text":"x","replyTo":"{other}"}`),
	"mention a member":                     route(http.MethodPost, "/api/conversations/{c}/messages", `{"clientId":"{key}","text":"<@{member}>"}`),
	"mention all":                          route(http.MethodPost, "/api/conversations/{c}/messages", `{"clientId":"{key}","text":"<@all>"}`),
	"forward a message of it":              forwarded,
	"edit one's own message":               route(http.MethodPatch, "/api/conversations/{c}/messages/{own}", `{"text":"y"}`),
	"edit another's message":               route(http.MethodPatch, "/api/conversations/{c}/messages/{other}", `{"text":"y"}`),
	"delete one's own message":             route(http.MethodDelete, "/api/conversations/{c}/messages/{own}", ""),
	"delete another's message":             route(http.MethodDelete, "/api/conversations/{c}/messages/{other}", ""),
	"react":                                route(http.MethodPut, "/api/conversations/{c}/messages/{other}/reactions/%F0%9F%91%8D", ""),
	"take a reaction back":                 route(http.MethodDelete, "/api/conversations/{c}/messages/{other}/reactions/%F0%9F%91%8D", ""),
	"pin a message":                        route(http.MethodPut, "/api/conversations/{c}/messages/{other}/pin", ""),
	"unpin a message":                      route(http.MethodDelete, "/api/conversations/{c}/messages/{other}/pin", ""),
	"mark as read":                         route(http.MethodPost, "/api/conversations/{c}/read", `{"seq":1}`),
	"mark as delivered":                    delivered,
	"mute, archive, pin, mark for oneself": route(http.MethodPatch, "/api/conversations/{c}/settings", `{"archived":true,"pinned":true,"markedUnread":true,"mutedUntil":null}`),
	"change title, description, picture":   route(http.MethodPatch, "/api/conversations/{c}", `{"title":"y","description":"z","avatarUploadId":null}`),
	"add a member":                         route(http.MethodPost, "/api/conversations/{c}/members", `{"userIds":["{fresh}"]}`),
	"remove a member":                      route(http.MethodDelete, "/api/conversations/{c}/members/{member}", ""),
	"remove an admin":                      route(http.MethodDelete, "/api/conversations/{c}/members/{admin}", ""),
	"remove the owner":                     route(http.MethodDelete, "/api/conversations/{c}/members/{owner}", ""),
	"make an invite":                       route(http.MethodPost, "/api/conversations/{c}/invites", `{}`),
	"list the invites":                     route(http.MethodGet, "/api/conversations/{c}/invites", ""),
	"revoke an invite":                     route(http.MethodDelete, "/api/conversations/{c}/invites/{invite}", ""),
	"give a role":                          route(http.MethodPatch, "/api/conversations/{c}/members/{member}", `{"role":"admin"}`),
	"hand the group over":                  route(http.MethodPatch, "/api/conversations/{c}/members/{member}", `{"role":"owner"}`),
	"leave":                                route(http.MethodDelete, "/api/conversations/{c}/members/{self}", ""),
	"end the group":                        route(http.MethodDelete, "/api/conversations/{c}", ""),
}

// nothing is done, and nothing is told.
const nothing = "nothing"

func unique() string { return string(chat.NewID[chat.MessageID]()) }

func decode(body string, into any) error {
	if err := json.Unmarshal([]byte(body), into); err != nil {
		return fmt.Errorf("%q: %w", body, err)
	}
	return nil
}

// exchange is a request as somebody who is signed in.
func exchange(ctx context.Context, method, url, body, token string) (status int, answer string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header = bearer(token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

// route is what one request does.
func route(method, path, body string) func(*cell) (string, error) {
	return func(c *cell) (string, error) {
		status, answer, err := c.ask(method, path, body)
		if err != nil {
			return "", err
		}
		return outcome(status, answer)
	}
}

// forwarded tries to copy a message of the conversation into one where the actor may write.
func forwarded(c *cell) (string, error) {
	into, err := c.actor.Direct(c.t.Context(), c.otherAdmin.User().ID)
	if err != nil {
		return "", err
	}
	return route(http.MethodPost, "/api/conversations/"+into.ID+"/messages", `{"clientId":"{key}","forwardOf":{"conversationId":"{c}","messageId":"{other}"}}`)(c)
}

func findsIn(c *cell) (string, error) {
	status, answer, err := c.ask(http.MethodGet, "/api/search?q=xylophone&conversationId={c}", "")
	if err != nil {
		return "", err
	}
	var page struct {
		Results []struct{ ConversationID string }
	}
	if err := decode(answer, &page); err != nil {
		return "", err
	}
	if status == http.StatusOK && len(page.Results) == 0 {
		return nothing, nil
	}
	return outcome(status, answer)
}

func synced(c *cell) (string, error) {
	s, err := c.actor.Sync(c.t.Context(), map[string]int64{c.id: 1})
	switch {
	case err != nil:
		return "", err
	case len(s.Events[c.id]) > 0 || len(s.Reset) > 0:
		return "yes", nil
	case len(s.Removed) == 1 && s.Removed[0] == c.id:
		return "404", nil // as of any id that is none
	default:
		return "", fmt.Errorf("sync: %+v", s)
	}
}

func delivered(c *cell) (string, error) {
	status, answer, err := c.ask(http.MethodPost, "/api/delivered", `{"conversations":{"{c}":{seq}}}`)
	if err != nil || status != http.StatusNoContent {
		return "", errors.Join(err, fmt.Errorf("%d %s", status, answer))
	}
	status, answer, err = exchange(c.t.Context(), http.MethodGet, c.Base()+"/api/conversations/"+c.id+"/members", "", c.other.AccessToken())
	if err != nil || status != http.StatusOK {
		return "", errors.Join(err, fmt.Errorf("%d %s", status, answer))
	}
	var page struct{ Members []client.Member }
	if err := decode(answer, &page); err != nil {
		return "", err
	}
	for _, m := range page.Members {
		if m.UserID == c.actor.User().ID && m.DeliveredSeq >= c.seq {
			return "yes", nil
		}
	}
	return nothing, nil
}

// plug opens a socket, and passes on what comes there until the test ends.
func (c *cell) plug(s *client.Session, gateway int) (*websocket.Conn, <-chan client.Frame, error) {
	conn, _, err := dialer.DialContext(c.t.Context(), wsURL(c.Gateway(gateway)), bearer(s.AccessToken()))
	if err != nil {
		return nil, nil, err
	}
	frames := make(chan client.Frame, 1000)
	hello := make(chan struct{})
	go func() {
		defer close(frames)
		for {
			var f client.Frame
			if conn.ReadJSON(&f) != nil {
				return
			}
			if f.Type == "hello" {
				close(hello)
			}
			frames <- f
		}
	}()
	select {
	case <-hello:
		return conn, frames, nil
	case <-time.After(patience):
		conn.Close()
		return nil, nil, errors.New("no hello")
	}
}

// types has the actor say on one gateway that they type, and looks whether somebody hears of it on another one.
func types(c *cell) (string, error) {
	conn, mine, err := c.plug(c.actor, 1)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	ear, theirs, err := c.plug(c.other, 2)
	if err != nil {
		return "", err
	}
	defer ear.Close()
	if err := conn.WriteJSON(map[string]any{"type": "typing", "conversationId": c.id, "active": true}); err != nil {
		return "", err
	}
	late := time.After(patience)
	for {
		select {
		case f := <-theirs:
			if f.Type == "typing" && f.ConversationID == c.id && f.UserID == c.actor.User().ID {
				return "yes", nil
			}
		case f := <-mine:
			if f.Type == "error" && f.Code == "not_found" {
				return "404", nil
			}
		case <-late:
			return nothing, nil
		}
	}
}

// heardLive listens on two gateways while somebody writes, and then writes to the actor alone: what comes until then, and a while
// after it, is all that comes.
func heardLive(c *cell) (string, error) {
	var ears [2]<-chan client.Frame
	for i := range ears {
		conn, frames, err := c.plug(c.actor, i+1)
		if err != nil {
			return "", err
		}
		defer conn.Close()
		ears[i] = frames
	}
	ctx := c.t.Context()
	said, _, err := c.other.Send(ctx, c.id, client.NewMessage{ClientID: unique(), Text: "live"})
	if err != nil {
		return "", err
	}
	alone, err := c.other.Direct(ctx, c.actor.User().ID)
	if err != nil {
		return "", err
	}
	mark, _, err := c.other.Send(ctx, alone.ID, client.NewMessage{ClientID: unique(), Text: "mark"})
	if err != nil {
		return "", err
	}
	var got [2]bool
	for i, frames := range ears {
		if got[i], err = hears(frames, said.ID, mark.ID); err != nil {
			return "", err
		}
	}
	switch got {
	case [2]bool{true, true}:
		return "yes", nil
	case [2]bool{}:
		return nothing, nil
	default:
		return "", fmt.Errorf("heard on one gateway only: %v", got)
	}
}

// hears tells whether a message comes before another one, or soon after it.
func hears(frames <-chan client.Frame, said, mark string) (bool, error) {
	late := time.After(patience)
	marked := false
	for {
		select {
		case f, open := <-frames:
			switch {
			case !open:
				return false, errors.New("the socket ended")
			case f.Message == nil:
			case f.Message.ID == said:
				return true, nil
			case f.Message.ID == mark:
				marked, late = true, time.After(time.Second)
			}
		case <-late:
			if !marked {
				return false, errors.New("not even the mark came")
			}
			return false, nil
		}
	}
}

// getsFile is for a file that somebody else has sent.
func getsFile(c *cell) (string, error) {
	upload, err := c.other.Upload(c.t.Context(), "notes.txt", "text/plain", []byte("notes"))
	if err != nil {
		return "", err
	}
	_, _, err = c.other.Send(c.t.Context(), c.id, client.NewMessage{ClientID: unique(), UploadIDs: []string{upload.ID}})
	if err != nil {
		return "", err
	}
	return route(http.MethodGet, upload.URL, "")(c)
}
