package client

import (
	"context"
	"net/http"
	"net/url"
)

// Message is one message as it is now.
func (s *Session) Message(ctx context.Context, conversationID, messageID string) (Message, error) {
	return s.change(ctx, http.MethodGet, messagePath(conversationID, messageID), nil)
}

// Edit gives a message another text.
func (s *Session) Edit(ctx context.Context, conversationID, messageID, text string) (Message, error) {
	return s.change(ctx, http.MethodPatch, messagePath(conversationID, messageID), map[string]string{"text": text})
}

// Delete leaves a tombstone.
func (s *Session) Delete(ctx context.Context, conversationID, messageID string) error {
	_, err := s.call(ctx, request{method: http.MethodDelete, path: messagePath(conversationID, messageID)}, nil)
	return err
}

// React adds a reaction.
func (s *Session) React(ctx context.Context, conversationID, messageID, emoji string) (Message, error) {
	return s.change(ctx, http.MethodPut, messagePath(conversationID, messageID)+"/reactions/"+url.PathEscape(emoji), nil)
}

// Unreact takes a reaction back.
func (s *Session) Unreact(ctx context.Context, conversationID, messageID, emoji string) (Message, error) {
	return s.change(ctx, http.MethodDelete, messagePath(conversationID, messageID)+"/reactions/"+url.PathEscape(emoji), nil)
}

// Pin pins a message for all.
func (s *Session) Pin(ctx context.Context, conversationID, messageID string) (Message, error) {
	return s.change(ctx, http.MethodPut, messagePath(conversationID, messageID)+"/pin", nil)
}

// Unpin takes a pin away.
func (s *Session) Unpin(ctx context.Context, conversationID, messageID string) error {
	_, err := s.call(ctx, request{method: http.MethodDelete, path: messagePath(conversationID, messageID) + "/pin"}, nil)
	return err
}

// Pins are the pinned messages, the latest pinned first.
func (s *Session) Pins(ctx context.Context, conversationID string) ([]Message, error) {
	var answer struct{ Messages []Message }
	_, err := s.call(ctx, request{method: http.MethodGet, path: conversationPath(conversationID, "/pins")}, &answer)
	return answer.Messages, err
}

func (s *Session) change(ctx context.Context, method, path string, body any) (Message, error) {
	var answer struct{ Message Message }
	_, err := s.call(ctx, request{method: method, path: path, body: body}, &answer)
	return answer.Message, err
}

func messagePath(conversationID, messageID string) string {
	return conversationPath(conversationID, "/messages/"+url.PathEscape(messageID))
}
