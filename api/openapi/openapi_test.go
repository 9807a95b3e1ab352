package openapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/openapi"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

func TestDocumentIsOpenAPI(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(openapi.OpenAPI())
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()))
}

// Every reference leads somewhere, and everything that is there is referred to.
func TestReferences(t *testing.T) {
	for name, raw := range map[string][]byte{"openapi": openapi.OpenAPI(), "asyncapi": openapi.AsyncAPI()} {
		var doc map[string]any
		require.NoError(t, json.Unmarshal(raw, &doc))
		used := map[string]bool{}
		for _, m := range regexp.MustCompile(`"\$ref": "#/components/([A-Za-z]+)/([A-Za-z]+)"`).FindAllStringSubmatch(string(raw), -1) {
			used[m[1]+"/"+m[2]] = true
		}
		there := map[string]bool{}
		for kind, all := range doc["components"].(map[string]any) {
			for key := range all.(map[string]any) {
				if kind != "securitySchemes" {
					there[kind+"/"+key] = true
				}
			}
		}
		require.Equal(t, there, used, name)
	}
}

func TestCodesAreThoseOfTheServices(t *testing.T) {
	var doc struct {
		Components struct {
			Schemas struct {
				Problem struct {
					Properties struct{ Code struct{ Enum []service.Code } }
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(openapi.OpenAPI(), &doc))
	require.ElementsMatch(t, []service.Code{
		service.CodeInvalidJSON, service.CodeUnknownField, service.CodeValidation, service.CodeInvalidCursor, service.CodeUnauthenticated,
		service.CodeInvalidCredentials, service.CodeSessionRevoked, service.CodeTokenReused, service.CodeForbidden, service.CodeBlocked, service.CodeOriginForbidden,
		service.CodeNotFound, service.CodeInviteExpired, service.CodeInviteRevoked, service.CodeInviteUsedUp, service.CodeMethodNotAllowed, service.CodeEmailTaken, service.CodeConflict, service.CodePayloadTooLarge,
		service.CodeUnsupportedMediaType, service.CodeRangeNotSatisfiable, service.CodeRateLimited, service.CodeUnavailable, service.CodeInternal,
	}, doc.Components.Schemas.Problem.Properties.Code.Enum)
}

// The socket's document is held against frames as package frame encodes them.
func TestFramesAreAsDocumented(t *testing.T) {
	resource, err := jsonschema.UnmarshalJSON(bytes.NewReader(openapi.AsyncAPI()))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("asyncapi.json", resource))

	user, conversation := chat.NewID[chat.UserID](), chat.NewID[chat.ConversationID]()
	reply := chat.NewID[chat.MessageID]()
	const now = chat.Time(1_700_000_000_000)
	created := chat.Entry{
		ConversationID: conversation, Seq: 1, Kind: chat.ConversationCreated, SenderID: user, CreatedAt: now,
		Created: &chat.Creation{Type: chat.Direct, Members: []chat.NewMember{{UserID: user, Role: chat.RoleMember}}},
	}
	message := chat.Message{
		ID: chat.NewID[chat.MessageID](), ConversationID: conversation, Seq: 2, SenderID: user, ClientID: "x", ReplyTo: &reply, CreatedAt: now,
		Attachments: []chat.Attachment{{ID: chat.NewID[chat.UploadID](), Name: "x.png", URL: "/x", ThumbnailURL: "/y", Mime: "image/png", Bytes: 1, Width: 1, Height: 1}},
	}
	sent := chat.Entry{ConversationID: conversation, Seq: 2, Kind: chat.MessageCreated, SenderID: user, CreatedAt: now, Message: &message}
	change := func(kind chat.Kind, emoji string) chat.Entry {
		e := chat.Entry{ConversationID: conversation, Seq: 3, Kind: kind, SenderID: user, CreatedAt: now, TargetID: message.ID, Emoji: emoji}
		if kind == chat.MessageUpdated {
			e.Message = &message
		}
		return e
	}
	place := func(kind chat.Kind) chat.Entry {
		return chat.Entry{ConversationID: conversation, Seq: 2, Kind: kind, SenderID: user, CreatedAt: now, Member: &chat.NewMember{UserID: user, Role: chat.RoleAdmin}}
	}
	title := "A title"
	frames := map[string]any{
		"hello":                frame.HelloFrame{Type: frame.Hello, ConnectionID: "x", UserID: user, Node: "n", PingIntervalMs: 25_000, ServerTime: now},
		"conversationCreated":  frame.EventOf(created),
		"messageCreated":       frame.EventOf(sent),
		"messageUpdated":       frame.EventOf(change(chat.MessageUpdated, "")),
		"messageChanged":       frame.EventOf(change(chat.MessagePinned, "")),
		"reactionChanged":      frame.EventOf(change(chat.ReactionAdded, "👍")),
		"memberPlaced":         frame.EventOf(place(chat.MemberAdded)),
		"memberRemoved":        frame.EventOf(place(chat.MemberRemoved)),
		"conversationUpdated":  frame.EventOf(chat.Entry{ConversationID: conversation, Seq: 2, Kind: chat.ConversationUpdated, SenderID: user, CreatedAt: now, Changed: &chat.ConversationPatch{Title: &title}}),
		"conversationDeleted":  frame.EventOf(chat.Entry{ConversationID: conversation, Seq: 2, Kind: chat.ConversationDeleted, SenderID: user, CreatedAt: now}),
		"read":                 frame.ReadFrame{Type: frame.Read, ConversationID: conversation, UserID: user, Seq: 2},
		"delivered":            frame.ReadFrame{Type: frame.Delivered, ConversationID: conversation, UserID: user, Seq: 2},
		"conversationSettings": frame.SettingsFrame{Type: frame.ConversationSettings, ConversationID: conversation, Settings: frame.Settings{Archived: true}},
		"blocked":              frame.BlockFrame{Type: frame.UserBlocked, UserID: user},
		"typing":               frame.TypingFrame{Type: frame.Typing, ConversationID: conversation, UserID: user, Active: true},
		"presence":             frame.PresenceFrame{Type: frame.Presence, UserID: user, Online: true},
		"presenceUnknown":      frame.BareFrame{Type: frame.PresenceUnknown},
		"ping":                 frame.BareFrame{Type: frame.Ping},
		"reconnect":            frame.ReconnectFrame{Type: frame.Reconnect, AfterMs: 10, Reason: "drain"},
		"resync":               frame.BareFrame{Type: frame.Resync},
		"error":                frame.ErrorFrame{Type: frame.Error, Code: "c", Detail: "d"},
		"pong":                 frame.BareFrame{Type: frame.Pong},
		"setTyping":            map[string]any{"type": "typing", "conversationId": conversation, "active": false},
		"watch":                map[string]any{"type": "watch", "userIds": []chat.UserID{user}},
		"activity":             map[string]any{"type": "activity", "idle": true},
	}
	var doc struct {
		Components struct{ Messages map[string]any }
	}
	require.NoError(t, json.Unmarshal(openapi.AsyncAPI(), &doc))
	require.Len(t, frames, len(doc.Components.Messages), "a message without a frame, or the other way round")
	for name, f := range frames {
		schema, err := compiler.Compile(fmt.Sprintf("asyncapi.json#/components/messages/%s/payload", name))
		require.NoError(t, err, name)
		encoded, err := frame.Encode(f)
		require.NoError(t, err)
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
		require.NoError(t, err)
		require.NoError(t, schema.Validate(value), "%s: %s", name, encoded)
	}
}
