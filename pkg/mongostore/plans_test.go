package mongostore

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/parley-chat/parley/pkg/chat"
)

// TestPlans holds reads to the indexes that Migrate makes: each finds what it looks for by the beginning of one, and pages come in its
// order. No server plans them here, so it is the rule by which MongoDB chooses that is tested: equality first, then the order.
func TestPlans(t *testing.T) {
	uri, asked := listen(t)
	s, err := Open(t.Context(), uri, Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close(context.WithoutCancel(t.Context()))) }()
	const c, u = chat.ConversationID("C"), chat.UserID("U")
	from := []chat.ReadPosition{{ConversationID: c, Seq: 3}}
	for name, q := range map[string]struct {
		read func(context.Context) error
		// sorts is why the server may sort what it has found.
		sorts string
	}{
		"last page":      {read: plan(s.Messages, chat.MessageQuery{ConversationID: c, Limit: 50})},
		"page before":    {read: plan(s.Messages, chat.MessageQuery{ConversationID: c, Before: 9, Limit: 50})},
		"page after":     {read: plan(s.Messages, chat.MessageQuery{ConversationID: c, After: 9, Limit: 50})},
		"messages by id": {read: plan(s.MessagesByID, []chat.MessageID{"M"})},
		"last seq":       {read: plan(s.LastSeq, c)},
		"entries":        {read: func(ctx context.Context) error { _, err := s.Entries(ctx, c, 3, 501); return err }},
		"notices":        {read: func(ctx context.Context) error { _, err := s.Notices(ctx, c, 3, 9, 200); return err }},
		"entries since": {read: func(ctx context.Context) error {
			_, err := s.EntriesSince(ctx, chat.EntryCursor{CreatedAt: 5}, 1000)
			return err
		}},
		"entry by client id":  {read: func(ctx context.Context) error { _, err := s.EntryByClientID(ctx, c, u, "x"); return err }},
		"last entry":          {read: func(ctx context.Context) error { _, err := s.LastEntryAt(ctx); return err }},
		"conversation":        {read: plan(s.Conversation, c)},
		"conversations by id": {read: plan(s.ConversationsByID, []chat.ConversationID{c})},
		"member":              {read: func(ctx context.Context) error { _, err := s.Member(ctx, c, u); return err }},
		"members of many":     {read: func(ctx context.Context) error { _, err := s.MembersOf(ctx, []chat.ConversationID{c}, 100); return err }},
		"members until":       {read: func(ctx context.Context) error { _, err := s.MembersUntil(ctx, c, 5); return err }},
		"members among":       {read: func(ctx context.Context) error { _, err := s.MembersAmong(ctx, c, []chat.UserID{u}); return err }},
		"members":             {read: plan(s.FindMembers, chat.MemberQuery{ConversationID: c, Limit: 50})},
		"members after":       {read: plan(s.FindMembers, chat.MemberQuery{ConversationID: c, After: chat.MemberCursor{JoinedSeq: 3, UserID: u}, Limit: 50})},
		"room seats":          {read: plan(s.RoomSeats, []chat.UserID{u})},
		"unread":              {read: func(ctx context.Context) error { _, err := s.Unread(ctx, u, from); return err }},
		"unread mentions":     {read: func(ctx context.Context) error { _, err := s.UnreadMentions(ctx, u, from); return err }},
		"pins":                {read: func(ctx context.Context) error { _, err := s.Pins(ctx, c, 100); return err }},
		"blocks between":      {read: func(ctx context.Context) error { _, err := s.BlocksBetween(ctx, u, []chat.UserID{"V"}); return err }},
		"blocks of":           {read: func(ctx context.Context) error { _, err := s.BlocksOf(ctx, u, "", 50); return err }},
		"session":             {read: plan(s.Session, chat.SessionID("S"))},
		"sessions by id":      {read: plan(s.SessionsByID, []chat.SessionID{"S"})},
		"sessions of user":    {read: func(ctx context.Context) error { _, err := s.SessionsOf(ctx, u, 5); return err }},
		"revoked since":       {read: func(ctx context.Context) error { _, err := s.RevokedSince(ctx, 5, 100); return err }},
		"user by email":       {read: plan(s.UserByEmail, "a@example.org")},
		"users by id":         {read: plan(s.UsersByID, []chat.UserID{u})},
		"directory":           {read: plan(s.FindUsers, chat.UserQuery{Prefix: "an", Limit: 50})},
		"invite by code":      {read: plan(s.InviteByCode, "code")},
		"upload shared":       {read: func(ctx context.Context) error { _, err := s.UploadShared(ctx, "F", u); return err }},
		"picture shown":       {read: plan(s.PictureShown, "/u")},
		"memberships":         {read: plan(s.Memberships, u)},
		"conversations of user": {sorts: "sorts the conversations of one user; see ConversationsOf", read: func(ctx context.Context) error {
			_, err := s.ConversationsOf(ctx, u, chat.ConversationCursor{}, 50)
			return err
		}},
	} {
		asked()
		_ = q.read(t.Context()) // finds nothing, which is an error of some
		questions := asked()
		require.NotEmpty(t, questions, name)
		for _, one := range questions {
			for _, filter := range one.branches() {
				served := slices.ContainsFunc(s.indexesOf(one.collection), func(i index) bool { return i.serves(filter, one.sort, one.limited, q.sorts != "") })
				require.True(t, served, "%s: no index of %s serves %v in the order %v", name, one.collection, filter, one.sort)
			}
		}
	}
}

// plan is a call of a method that takes one thing.
func plan[Q, A any](method func(context.Context, Q) (A, error), q Q) func(context.Context) error {
	return func(ctx context.Context) error { _, err := method(ctx, q); return err }
}

func TestARuleForIndexes(t *testing.T) {
	i := index{keys: ascending("a", "b", "c")}
	eq := func(names ...string) (d bson.D) {
		for _, n := range names {
			d = append(d, bson.E{Key: n, Value: 1})
		}
		return d
	}
	down := bson.D{{Key: "b", Value: -1}, {Key: "c", Value: -1}}
	require.True(t, i.serves(eq("a"), nil, false, false))
	require.True(t, i.serves(eq("a", "x"), down, false, false), "the other way round, and what else is asked is looked at")
	require.True(t, i.serves(bson.D{{Key: "a", Value: is("$gt", 1)}}, ascending("a", "b"), false, false))
	require.False(t, i.serves(eq("b"), nil, false, false), "not from its beginning")
	require.False(t, i.serves(eq("a"), ascending("c"), false, false), "a field between")
	require.False(t, i.serves(eq("a"), bson.D{{Key: "b", Value: 1}, {Key: "c", Value: -1}}, false, false), "two ways")
	require.True(t, i.serves(eq("a"), ascending("c"), false, true))
	require.False(t, i.serves(nil, ascending("a"), false, false), "all of it")
	require.True(t, i.serves(nil, ascending("a"), true, false), "its beginning")
	require.False(t, index{keys: ascending("a"), holding: "x"}.serves(eq("a"), nil, false, false), "not all are in it")
}

// indexesOf are a collection's, and the one that each has.
func (s *Store) indexesOf(collection string) []index {
	all := []index{{keys: ascending("_id")}}
	for c, indexes := range s.indexes() {
		if c.Name() == collection {
			all = append(all, indexes...)
		}
	}
	return all
}

// serves tells whether the index finds what meets the filter without looking at others, in order unless sorting is allowed.
func (i index) serves(filter, order bson.D, limited, maySort bool) bool {
	equal, ranges := map[string]bool{}, map[string]bool{}
	for _, e := range filter {
		condition, ok := e.Value.(bson.D)
		switch {
		case !ok || len(condition) > 0 && condition[0].Key == "$in":
			equal[e.Key] = true
		case len(condition) > 0 && strings.Contains("$gt $gte $lt $lte", condition[0].Key):
			ranges[e.Key] = true
		}
	}
	if i.holding != "" && !equal[i.holding] && !ranges[i.holding] {
		return false
	}
	keys := i.keys
	for len(keys) > 0 && equal[keys[0].Key] {
		keys = keys[1:]
	}
	found := len(keys) < len(i.keys) || ranges[keys[0].Key]
	order = slices.DeleteFunc(slices.Clone(order), func(e bson.E) bool { return equal[e.Key] })
	return (found || limited && len(filter) == 0 && len(order) > 0) && (maySort || follows(keys, order))
}

// follows tells whether keys come in an order, or in its reverse.
func follows(keys, order bson.D) bool {
	if len(order) > len(keys) {
		return false
	}
	for n, e := range order {
		if e.Key != keys[n].Key || direction(e)*direction(keys[n]) != direction(order[0])*direction(keys[0]) {
			return false
		}
	}
	return true
}

func direction(e bson.E) int64 {
	switch v := e.Value.(type) {
	case int:
		return int64(v)
	case int32:
		return int64(v)
	case int64:
		return v
	default:
		return 0
	}
}

// question is what a server was asked to find.
type question struct {
	collection   string
	filter, sort bson.D
	limited      bool
}

// branches are the filters of which any may be met, each with what all have in common.
func (q question) branches() []bson.D {
	at := slices.IndexFunc(q.filter, func(e bson.E) bool { return e.Key == "$or" })
	if at < 0 || len(q.filter) > 1 && at > 0 {
		return []bson.D{q.filter} // what comes before narrows it down
	}
	var all []bson.D
	some, _ := q.filter[at].Value.(bson.A)
	for _, one := range some {
		branch, _ := one.(bson.D)
		all = append(all, slices.Concat(branch, q.filter[1:]))
	}
	return all
}

func newQuestion(command bson.D) (q question, ok bool) {
	pipeline := bson.A{}
	for _, e := range command {
		switch value := e.Value.(type) {
		case string:
			if e.Key == "find" || e.Key == "aggregate" {
				q.collection, ok = value, true
			}
		case bson.D:
			if e.Key == "filter" {
				q.filter = value
			}
			if e.Key == "sort" {
				q.sort = value
			}
		case bson.A:
			if e.Key == "pipeline" {
				pipeline = value
			}
		default:
			q.limited = q.limited || e.Key == "limit"
		}
	}
	for _, stage := range pipeline {
		if d, _ := stage.(bson.D); len(d) == 1 && d[0].Key == "$match" && q.filter == nil {
			q.filter, _ = d[0].Value.(bson.D)
		}
	}
	return q, ok
}

// listen is a server that has a membership and nothing else, and tells what it was asked since the last time.
func listen(t *testing.T) (uri string, asked func() []question) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var mu sync.Mutex // guards all
	var all []question
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				for {
					command, id, err := readCommand(conn)
					if err != nil {
						return
					}
					q, ok := newQuestion(command)
					if ok {
						mu.Lock()
						all = append(all, q)
						mu.Unlock()
					}
					if writeReply(conn, id, command[0].Key, q.collection) != nil {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() { require.NoError(t, l.Close()); serving.Wait() })
	return "mongodb://" + l.Addr().String() + "/parley?directConnection=true", func() []question {
		mu.Lock()
		defer mu.Unlock()
		these := all
		all = nil
		return these
	}
}

const (
	opReply, opQuery, opMsg = 1, 2004, 2013
	headerBytes             = 16
)

// readCommand reads a message of MongoDB's wire protocol; id is negative for one of the old kind, by which drivers say hello.
func readCommand(r io.Reader) (command bson.D, id int32, err error) {
	var header [headerBytes]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, 0, err
	}
	body := make([]byte, binary.LittleEndian.Uint32(header[:])-headerBytes)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, 0, err
	}
	id = int32(binary.LittleEndian.Uint32(header[4:]))
	const flagsAndKind, skipAndCount = 5, 8
	if binary.LittleEndian.Uint32(header[12:]) == opQuery {
		name := 4 + bytes.IndexByte(body[4:], 0) + 1
		return command, -id, bson.Unmarshal(body[name+skipAndCount:], &command)
	}
	return command, id, bson.Unmarshal(body[flagsAndKind:], &command)
}

func writeReply(w io.Writer, id int32, command, collection string) error {
	answer := bson.D{{Key: "ok", Value: 1.0}}
	if strings.EqualFold(command, "hello") || strings.EqualFold(command, "isMaster") {
		answer = append(answer, bson.D{{Key: "isWritablePrimary", Value: true}, {Key: "ismaster", Value: true}, {Key: "maxWireVersion", Value: 25}}...)
	} else {
		found := bson.A{}
		if collection == "members" {
			found = append(found, bson.D{{Key: "conversationId", Value: "C"}, {Key: "userId", Value: "U"}})
		}
		answer = append(answer, bson.E{Key: "cursor", Value: bson.D{{Key: "id", Value: int64(0)}, {Key: "ns", Value: "parley." + collection}, {Key: "firstBatch", Value: found}}})
	}
	document, err := bson.Marshal(answer)
	if err != nil {
		return err
	}
	kind, before := uint32(opMsg), make([]byte, 5)
	if id < 0 {
		kind, before, id = opReply, append(make([]byte, headerBytes), 1, 0, 0, 0), -id
	}
	message := make([]byte, headerBytes, headerBytes+len(before)+len(document))
	message = append(append(message, before...), document...)
	binary.LittleEndian.PutUint32(message, uint32(len(message)))
	binary.LittleEndian.PutUint32(message[8:], uint32(id))
	binary.LittleEndian.PutUint32(message[12:], kind)
	_, err = w.Write(message)
	return err
}
