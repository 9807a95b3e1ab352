package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// maxBody is the most bytes of an answer that are read.
	maxBody = 64 << 20
	// idleConnections is how many connections to the server are kept for the next requests.
	idleConnections = 512
)

// Options of a Client.
type Options struct {
	// Base is where the deployment (or one node of it) answers: http://localhost:8080.
	Base string
	// Socket is where its sockets are; Base if empty. A gateway that is spoken to directly has its own address.
	Socket string
	// Timeout bounds one HTTP request, and one attempt to open a socket; 10 seconds if 0.
	Timeout time.Duration
}

// Client reaches one deployment, or one node of it. Safe for concurrent use. Close it after use.
type Client struct {
	base   string
	socket string
	http   *http.Client
	dialer *websocket.Dialer
}

// New makes a client. It fails on an address that is no http:// or https:// URL.
func New(o Options) (*Client, error) {
	if o.Socket == "" {
		o.Socket = o.Base
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	for _, address := range []string{o.Base, o.Socket} {
		u, err := url.Parse(address)
		if err != nil {
			return nil, fmt.Errorf("address %q: %w", address, err)
		}
		if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("address %q: want http://host or https://host", address)
		}
	}
	dial := (&net.Dialer{Timeout: o.Timeout, KeepAlive: 15 * time.Second}).DialContext
	return &Client{
		base:   strings.TrimSuffix(o.Base, "/"),
		socket: "ws" + strings.TrimPrefix(strings.TrimSuffix(o.Socket, "/"), "http") + "/ws",
		http: &http.Client{Timeout: o.Timeout, Transport: &http.Transport{
			DialContext: dial, MaxIdleConns: 0, MaxIdleConnsPerHost: idleConnections, IdleConnTimeout: 10 * time.Second,
		}},
		dialer: &websocket.Dialer{
			NetDialContext: dial, HandshakeTimeout: o.Timeout, Subprotocols: []string{"parley.v1"},
			ReadBufferSize: 2048, WriteBufferSize: 512,
		},
	}, nil
}

// Close gives idle connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// request is one call of the API.
type request struct {
	method, path string
	query        url.Values
	token        string
	// body is sent as it is if it is a payload, else as JSON; nil for none.
	body any
}

type payload struct {
	contentType string
	data        []byte
}

// call makes one request, decodes the answer into out (nil: it doesn't matter) and returns the status. An answer of
// 400 or more is an *Error.
func (c *Client) call(ctx context.Context, r request, out any) (int, error) {
	req, err := c.build(ctx, r)
	if err != nil {
		return 0, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return 0, fmt.Errorf("%s %s: read the answer: %w", r.method, r.path, err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		return res.StatusCode, refusal(res, body)
	}
	if out != nil {
		if err := json.Unmarshal(body, out); err != nil {
			return res.StatusCode, fmt.Errorf("%s %s: decode the answer: %w", r.method, r.path, err)
		}
	}
	return res.StatusCode, nil
}

func (c *Client) build(ctx context.Context, r request) (*http.Request, error) {
	target := c.base + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	var body payload
	switch given := r.body.(type) {
	case nil:
	case payload:
		body = given
	default:
		encoded, err := json.Marshal(given)
		if err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
		body = payload{"application/json", encoded}
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, bytes.NewReader(body.data))
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	if body.contentType != "" {
		req.Header.Set("Content-Type", body.contentType)
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	// A client that is no browser gets the refresh token in the answer's body.
	req.Header.Set("X-Parley-Client", "native")
	return req, nil
}

// refusal reads a problem document, and makes do with the status if it is none.
func refusal(res *http.Response, body []byte) *Error {
	e := &Error{}
	if json.Unmarshal(body, e) != nil {
		e = &Error{Detail: strings.TrimSpace(string(body[:min(len(body), 200)]))}
	}
	e.Status = res.StatusCode
	e.Header = res.Header
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	if e.RequestID == "" {
		e.RequestID = res.Header.Get("X-Request-Id")
	}
	return e
}
