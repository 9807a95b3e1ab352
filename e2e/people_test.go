package e2e_test

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

// soon is how long a test waits for what should happen at once; long enough for a busy machine.
const soon = 10 * time.Second

// reach is a client of one address.
func reach(t *testing.T, base string) *client.Client {
	t.Helper()
	c, err := client.New(client.Options{Base: base})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// signUp makes a person with a name of their own.
func signUp(t *testing.T, base, name string) *client.Session {
	t.Helper()
	run := strings.ToLower(rand.Text()[:10])
	s, err := reach(t, base).SignUp(t.Context(), name+" "+run, name+"-"+run+"@example.org", "correct horse battery")
	require.NoError(t, err)
	require.NotEmpty(t, s.User().ID)
	return s
}

// direct opens the conversation of two.
func direct(t *testing.T, a, b *client.Session) string {
	t.Helper()
	c, err := a.Direct(t.Context(), b.User().ID)
	require.NoError(t, err)
	return c.ID
}

var quickly = client.Backoff{First: 50 * time.Millisecond, Max: 500 * time.Millisecond}

// say sends a message and waits for its acknowledgement.
func say(t *testing.T, s *client.Session, conversation, text string) client.Message {
	t.Helper()
	m, err := s.Deliver(t.Context(), quickly, conversation, client.NewMessage{ClientID: rand.Text(), Text: text}, nil)
	require.NoError(t, err)
	return m
}

// listener is a running device that remembers what came.
type listener struct {
	*client.Device
	t    *testing.T
	stop func()
	done chan error

	mu        sync.Mutex // guards what follows
	delivered []client.Delivery
	frames    []client.Frame
	codes     []int
}

// listen connects a device, through the given door.
func listen(t *testing.T, s *client.Session, door string) *listener {
	t.Helper()
	c, err := client.New(client.Options{Base: door, Socket: door})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return hold(t, s.Via(c))
}

// listenAt connects a device whose socket is at one gateway, and whose requests go through nginx.
func listenAt(t *testing.T, s *client.Session, base, gateway string) *listener {
	t.Helper()
	c, err := client.New(client.Options{Base: base, Socket: gateway})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return hold(t, s.Via(c))
}

func hold(t *testing.T, s *client.Session) *listener {
	t.Helper()
	l := &listener{t: t, done: make(chan error, 1)}
	l.Device = client.NewDevice(s, client.Hooks{
		Delivered: func(d client.Delivery) { l.mu.Lock(); l.delivered = append(l.delivered, d); l.mu.Unlock() },
		Frame:     func(f client.Frame) { l.mu.Lock(); l.frames = append(l.frames, f); l.mu.Unlock() },
		Closed:    func(code int, _ error) { l.mu.Lock(); l.codes = append(l.codes, code); l.mu.Unlock() },
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		l.done <- l.Run(ctx)
		close(ended)
	}()
	l.stop = func() { cancel(); <-ended }
	t.Cleanup(l.stop)
	patience, done := context.WithTimeout(t.Context(), soon)
	defer done()
	require.NoError(t, l.AwaitConnected(patience))
	require.NoError(t, l.CatchUp(patience))
	return l
}

// eventually polls until something is so.
func eventually(t *testing.T, within time.Duration, is func() bool, what string, args ...any) {
	t.Helper()
	require.Eventuallyf(t, is, within, 10*time.Millisecond, what, args...)
}

// texts are the messages of a conversation, in the order of their coming.
func (l *listener) texts(conversation string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	for _, d := range l.delivered {
		if d.IsMessage() && d.ConversationID == conversation {
			all = append(all, d.Message.Text)
		}
	}
	return all
}

// delivery waits for a message.
func (l *listener) delivery(messageID string) client.Delivery {
	l.t.Helper()
	var found client.Delivery
	eventually(l.t, soon, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, d := range l.delivered {
			if d.IsMessage() && d.Message.ID == messageID {
				found = d
				return true
			}
		}
		return false
	}, "message %s", messageID)
	return found
}

// frame waits for a frame that is as wanted, among those that came after the first skip ones.
func (l *listener) frame(within time.Duration, skip int, what string, wanted func(client.Frame) bool) client.Frame {
	l.t.Helper()
	var found client.Frame
	eventually(l.t, within, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, f := range l.frames[min(skip, len(l.frames)):] {
			if wanted(f) {
				found = f
				return true
			}
		}
		return false
	}, "frame: %s", what)
	return found
}

// all are the frames until now.
func (l *listener) all() []client.Frame {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.frames)
}

// seen is how many frames came until now.
func (l *listener) seen() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.frames)
}

func (l *listener) closedWith(code int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.codes {
		if c == code {
			return true
		}
	}
	return false
}

// refusal is what an error says about a refused request.
func refusal(t *testing.T, err error) *client.Error {
	t.Helper()
	var refused *client.Error
	require.ErrorAs(t, err, &refused)
	return refused
}

// ask makes a request as it is and gives back the answer with its body read.
func ask(t *testing.T, method, url, body string, header http.Header) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(text)
}
