package app_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/api/apitest"
	"github.com/parley-chat/parley/api/app"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/logging"
	"github.com/parley-chat/parley/pkg/mongotest"
	"github.com/parley-chat/parley/pkg/redisbus"
	"github.com/parley-chat/parley/pkg/redistest"
)

// benchSenders is how many people send at the same time, each the next message when the last is acknowledged.
const benchSenders = 64

// BenchmarkSend is what an API node does for a persisted message with a store that keeps up: HTTP over TCP, sign-in, membership, log,
// the answer, the log line, and the publishing to a Redis. The clients are a process of their own, so cpu-µs/send and the
// allocations are the node's. Without "MongoDB" the store takes nothing of the processor; with it, what the driver does is counted, and the server,
// in a process of its own, takes everything and keeps nothing.
func BenchmarkSend(b *testing.B) {
	for _, to := range []string{"direct", "room", "direct, MongoDB", "room, MongoDB"} {
		b.Run(to, func(b *testing.B) { benchSend(b, strings.HasPrefix(to, "room"), strings.HasSuffix(to, "MongoDB")) })
	}
}

func benchSend(b *testing.B, inRoom, onWire bool) {
	redis := redistest.Start(b)
	publisher := redisbus.NewPublisher(redis.Client(b), redisbus.PublisherOptions{})
	defer func() { _ = publisher.Close(context.Background()) }()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(b, err)
	defer null.Close()
	store := &ample{Store: apitest.Store(b)}
	if onWire {
		store.wire = openAmple(b)
	}
	var ahead atomic.Int64
	node := apitest.Start(b, apitest.On(store), func(o *app.Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		o.Config.MessageRate, o.Config.SignupRate, o.Ports.Publisher = 0, 0, publisher
		o.Log = logging.New(null, slog.LevelInfo, "json", "api", "bench")
	})
	requests := sendRequests(b, node, inRoom)
	ahead.Store(2 * int64(chat.RoomGrace) * int64(time.Millisecond))
	senders := startSenders(b, node.Addr(), requests, b.N)
	b.ReportAllocs()
	before := processorTime(b)
	b.ResetTimer()
	senders.run(b)
	b.StopTimer()
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/send")
}

// sendRequests are what each sender sends, without the message's number.
func sendRequests(b *testing.B, node *apitest.Node, inRoom bool) []string {
	b.Helper()
	people := make([]apitest.User, benchSenders)
	for i := range people {
		people[i] = node.Signup(b, fmt.Sprintf("Sender %d", i))
	}
	requests := make([]string, benchSenders)
	group := ""
	for i, p := range people {
		var id string
		if inRoom {
			if group == "" {
				group = newGroup(b, node, people)
			}
			id = group
		} else {
			id = newDirect(b, node, p, people[(i+1)%len(people)])
		}
		requests[i] = fmt.Sprintf("POST /api/conversations/%s/messages HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n", id, node.Addr(), p.Access)
	}
	return requests
}

func newDirect(b *testing.B, node *apitest.Node, a, other apitest.User) string {
	b.Helper()
	return conversationOf(b, node.Do(b, http.MethodPost, "/api/conversations", map[string]any{"type": "direct", "userId": other.ID}, a.Auth()...))
}

func newGroup(b *testing.B, node *apitest.Node, people []apitest.User) string {
	b.Helper()
	var ids []chat.UserID
	for _, p := range people[1:] {
		ids = append(ids, p.ID)
	}
	return conversationOf(b, node.Do(b, http.MethodPost, "/api/conversations", map[string]any{"type": "group", "title": "All", "memberIds": ids, "clientId": "all"}, people[0].Auth()...))
}

func conversationOf(b *testing.B, answer apitest.Answer) string {
	b.Helper()
	var made struct{ Conversation struct{ ID string } }
	answer.Into(b, &made)
	require.NotEmpty(b, made.Conversation.ID, "%s", answer.Body)
	return made.Conversation.ID
}

// ample is a store that keeps up with any number of messages, because it keeps none of them.
type ample struct {
	app.Store
	// wire, if there is one, takes messages and answers what changes.
	wire                                   app.Store
	sessions, conversations, members, last sync.Map
}

func remembered[K, V any](known *sync.Map, key K, ask func() (V, error)) (V, error) {
	if v, ok := known.Load(key); ok {
		return v.(V), nil
	}
	v, err := ask()
	if err == nil {
		known.Store(key, v)
	}
	return v, err
}

func (s *ample) SessionsByID(ctx context.Context, ids []chat.SessionID) ([]chat.Session, error) {
	found := make([]chat.Session, len(ids))
	for i, id := range ids {
		var err error
		if found[i], err = remembered(&s.sessions, id, func() (chat.Session, error) { return s.Session(ctx, id) }); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (s *ample) Conversation(ctx context.Context, id chat.ConversationID) (chat.Conversation, error) {
	return remembered(&s.conversations, id, func() (chat.Conversation, error) { return s.Store.Conversation(ctx, id) })
}

func (s *ample) Member(ctx context.Context, id chat.ConversationID, user chat.UserID) (chat.Member, error) {
	return remembered(&s.members, string(id)+string(user), func() (chat.Member, error) { return s.Store.Member(ctx, id, user) })
}

func (s *ample) MembersOf(ctx context.Context, ids []chat.ConversationID, most int) (map[chat.ConversationID][]chat.Member, error) {
	return remembered(&s.members, ids[0], func() (map[chat.ConversationID][]chat.Member, error) { return s.Store.MembersOf(ctx, ids, most) })
}

func (s *ample) BlocksAmong(ctx context.Context, couples []chat.Couple) ([]chat.Block, error) {
	if s.wire != nil {
		return s.wire.BlocksAmong(ctx, couples) //nolint:wrapcheck // a wrapper of the same kind
	}
	return nil, nil
}

func (s *ample) Revised(ctx context.Context, known map[chat.ConversationID]int64) ([]chat.ConversationID, error) {
	if s.wire != nil {
		return s.wire.Revised(ctx, known) //nolint:wrapcheck // a wrapper of the same kind
	}
	return nil, nil
}

func (s *ample) LastSeq(ctx context.Context, id chat.ConversationID) (int64, error) {
	return remembered(&s.last, id, func() (int64, error) { return s.Store.LastSeq(ctx, id) })
}

func (s *ample) Commit(ctx context.Context, entries []chat.Entry) ([]error, error) {
	for _, e := range entries {
		if e.Kind != chat.MessageCreated {
			return s.Store.Commit(ctx, entries) //nolint:wrapcheck // a wrapper of the same kind
		}
	}
	if s.wire != nil {
		return s.wire.Commit(ctx, entries) //nolint:wrapcheck // a wrapper of the same kind
	}
	return make([]error, len(entries)), nil
}

// openAmple opens a store on a server of its own that takes everything.
func openAmple(b *testing.B) app.Store {
	b.Helper()
	server := startSelf(b, "TestAmple", ampleSetting+"=1")
	address, err := server.out.ReadString('\n')
	require.NoError(b, err)
	store := mongotest.Open(b, "mongodb://"+strings.TrimSpace(address)+"/?replicaSet=ample", "parley")
	b.Cleanup(func() {
		require.NoError(b, store.Close(context.Background()))
		server.end(b)
	})
	return store
}

const ampleSetting = "PARLEY_BENCH_AMPLE"

// TestAmple is the database's process of BenchmarkSend, and no test.
func TestAmple(t *testing.T) {
	if os.Getenv(ampleSetting) == "" {
		t.Skip("the database of a benchmark, started by it")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go mongotest.ServeAmple(listener)
	fmt.Println(listener.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	require.NoError(t, listener.Close())
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// child is a process of this test's binary, which runs one test as long as its standard input is open.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startSelf(b *testing.B, test, setting string) *child {
	b.Helper()
	c := &child{cmd: exec.Command(os.Args[0], "-test.run", "^"+test+"$")}
	c.cmd.Env = append(os.Environ(), setting)
	c.cmd.Stderr = os.Stderr
	var err error
	c.in, err = c.cmd.StdinPipe()
	require.NoError(b, err)
	out, err := c.cmd.StdoutPipe()
	require.NoError(b, err)
	c.out = bufio.NewReader(out)
	require.NoError(b, c.cmd.Start())
	return c
}

func (c *child) await(b *testing.B, word string) {
	b.Helper()
	line, err := c.out.ReadString('\n')
	require.NoError(b, err)
	require.Equal(b, word, strings.TrimSpace(line))
}

func (c *child) end(b *testing.B) {
	b.Helper()
	require.NoError(b, c.in.Close())
	_, _ = io.Copy(io.Discard, c.out)
	require.NoError(b, c.cmd.Wait())
}

const sendersSetting = "PARLEY_BENCH_SENDERS"

// senders is a process of clients.
type senders struct{ *child }

// startSenders starts a process that connects and sends no more than n messages in all when it is told to.
func startSenders(b *testing.B, address string, requests []string, n int) senders {
	b.Helper()
	file := b.TempDir() + "/requests"
	require.NoError(b, os.WriteFile(file, []byte(strings.Join(requests, "\x00")), 0o600))
	s := senders{startSelf(b, "TestSenders", fmt.Sprintf("%s=%s %s %d", sendersSetting, address, file, n))}
	s.await(b, "ready")
	return s
}

func (s senders) run(b *testing.B) {
	b.Helper()
	_, err := s.in.Write([]byte("go\n"))
	require.NoError(b, err)
	s.await(b, "done")
	s.end(b)
}

// TestSenders is the clients' process of BenchmarkSend, and no test.
func TestSenders(t *testing.T) {
	setting := os.Getenv(sendersSetting)
	if setting == "" {
		t.Skip("the clients of a benchmark, started by it")
	}
	var address, file string
	var n int64
	_, err := fmt.Sscan(setting, &address, &file, &n)
	require.NoError(t, err)
	requests, err := os.ReadFile(file)
	require.NoError(t, err)
	var left atomic.Int64
	left.Store(n)
	var clients []*sender
	for i, request := range strings.Split(string(requests), "\x00") {
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		defer conn.Close()
		clients = append(clients, &sender{conn, bufio.NewReader(conn), request, i})
	}
	fmt.Println("ready")
	_, err = bufio.NewReader(os.Stdin).ReadString('\n')
	require.NoError(t, err)
	var all errgroup.Group
	for _, c := range clients {
		all.Go(func() error {
			for n := left.Add(-1); n >= 0; n = left.Add(-1) {
				if err := c.send(n); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, all.Wait())
	fmt.Println("done")
}

// sender is a client that does as little as can be.
type sender struct {
	conn    net.Conn
	answers *bufio.Reader
	request string
	number  int
}

func (s *sender) send(n int64) error {
	body := fmt.Sprintf(`{"clientId":"%d-%d","text":"%s"}`, s.number, n, strings.Repeat("x", 128))
	if _, err := fmt.Fprintf(s.conn, "%sContent-Length: %d\r\n\r\n%s", s.request, len(body), body); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	status, err := s.answers.ReadString('\n')
	if err != nil || !strings.HasPrefix(status, "HTTP/1.1 201") {
		return fmt.Errorf("%w: %s", err, status)
	}
	var length int
	for {
		line, err := s.answers.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("answer: %w", err)
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return fmt.Errorf("answer: %w", err)
			}
		}
	}
	if _, err := s.answers.Discard(length); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}
