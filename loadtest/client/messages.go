package client

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
)

// Send tries once. created is false when the server had the message already.
func (s *Session) Send(ctx context.Context, conversationID string, m NewMessage) (sent Message, created bool, err error) {
	var answer struct{ Message Message }
	status, err := s.call(ctx, request{method: http.MethodPost, path: conversationPath(conversationID, "/messages"), body: m}, &answer)
	return answer.Message, status == http.StatusCreated, err
}

// Deliver sends until the server acknowledges or refuses for good, or the context ends; always with the same
// ClientID, so that however many tries arrive, one message is made. failed hears of every failed try.
func (s *Session) Deliver(ctx context.Context, b Backoff, conversationID string, m NewMessage, failed func(error)) (Message, error) {
	var sent Message
	err := Retry(ctx, b, failed, func(ctx context.Context) (err error) {
		sent, _, err = s.Send(ctx, conversationID, m)
		return err
	})
	return sent, err
}

// HistoryPage is a page of messages, ascending.
type HistoryPage struct {
	Messages      []Message `json:"messages"`
	HasMoreBefore bool      `json:"hasMoreBefore"`
	HasMoreAfter  bool      `json:"hasMoreAfter"`
}

// History is the latest page of messages, or, with before above 0, the page before that seq.
func (s *Session) History(ctx context.Context, conversationID string, before int64, limit int) (HistoryPage, error) {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if before > 0 {
		query.Set("before", strconv.FormatInt(before, 10))
	}
	var page HistoryPage
	_, err := s.call(ctx, request{method: http.MethodGet, path: conversationPath(conversationID, "/messages"), query: query}, &page)
	return page, err
}

// Upload stores a file, to be attached to a message.
func (s *Session) Upload(ctx context.Context, name, mime string, data []byte) (Upload, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", multipart.FileContentDisposition("file", name))
	header.Set("Content-Type", mime)
	part, err := form.CreatePart(header)
	if err != nil {
		return Upload{}, fmt.Errorf("make the form: %w", err)
	}
	if _, err := part.Write(data); err != nil {
		return Upload{}, fmt.Errorf("make the form: %w", err)
	}
	if err := form.Close(); err != nil {
		return Upload{}, fmt.Errorf("make the form: %w", err)
	}
	var stored Upload
	_, err = s.call(ctx, request{
		method: http.MethodPost, path: "/api/uploads", body: payload{form.FormDataContentType(), body.Bytes()},
	}, &stored)
	return stored, err
}
