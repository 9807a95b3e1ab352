package mongostore

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/pkg/chat"
)

// The two unique indexes that make the log: the sequencer, and the promise that a retried send is
// one message.
const (
	entriesSeq    = "entries_seq"
	entriesClient = "entries_client"
)

// Commit inserts entries, each on the disks of a majority when it returns, then brings what is
// derived from them up to date. The answer has one error per entry: nil; chat.ErrSeqTaken;
// chat.ErrClientIDUsed (either may be told where both hold); chat.ErrConflict for a taken revision, where nothing else is
// wrong; or chat.ErrNotAttempted, for those that follow a refused one of their conversation. An entry whose refusal is told is as durable as one
// that was inserted: MongoDB waits for the majority then, too. err is for the whole: nothing is
// known of any entry then.
func (s *Store) Commit(ctx context.Context, entries []chat.Entry) ([]error, error) {
	results := make([]error, len(entries))
	if len(entries) == 0 {
		return results, nil
	}
	var mu sync.Mutex // guards all
	all := newAccepted()
	var jobs errgroup.Group
	jobs.SetLimit(fanOut)
	for _, g := range group(entries) {
		jobs.Go(func() error {
			refused, err := s.insert(ctx, g)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			for i, e := range g.entries {
				results[g.at[i]] = refused[i]
				all.note(e, refused[i])
			}
			return nil
		})
	}
	err := jobs.Wait()
	// What is known to be in the log is derived, also when the rest failed.
	s.derive(ctx, all)
	if err != nil {
		return nil, err
	}
	return results, nil
}

// insertion is what goes into one insert command.
type insertion struct {
	entries []chat.Entry
	// at is where each entry stands in the batch.
	at []int
	// ordered stops at the first refusal, as the entries of one conversation must.
	ordered bool
}

func (g *insertion) add(i int, e chat.Entry) {
	g.entries = append(g.entries, e)
	g.at = append(g.at, i)
}

// group puts all conversations with one entry in this batch into one insertion, and each with
// several into one of its own.
func group(entries []chat.Entry) []*insertion {
	count := map[chat.ConversationID]int{}
	for _, e := range entries {
		count[e.ConversationID]++
	}
	singles := &insertion{}
	own := map[chat.ConversationID]*insertion{}
	var groups []*insertion
	for i, e := range entries {
		g := singles
		if count[e.ConversationID] > 1 {
			if own[e.ConversationID] == nil {
				own[e.ConversationID] = &insertion{ordered: true}
				groups = append(groups, own[e.ConversationID])
			}
			g = own[e.ConversationID]
		}
		g.add(i, e)
	}
	if len(singles.entries) > 0 {
		groups = append(groups, singles)
	}
	return groups
}

// insert gives one refusal per entry of g.
func (s *Store) insert(ctx context.Context, g *insertion) ([]error, error) {
	documents := make([]entryRecord, len(g.entries))
	for i, e := range g.entries {
		documents[i] = newEntryRecord(e)
	}
	timed, cancel := bounded(ctx)
	defer cancel()
	refused := make([]error, len(g.entries))
	_, err := s.entries.InsertMany(timed, documents, options.InsertMany().SetOrdered(g.ordered))
	if err == nil {
		return refused, nil
	}
	var failed mongo.BulkWriteException
	if !errors.As(err, &failed) || failed.WriteConcernError != nil || len(failed.WriteErrors) == 0 {
		return nil, fault("commit", err)
	}
	for _, w := range failed.WriteErrors {
		if !mongo.IsDuplicateKeyError(w.WriteError) {
			return nil, fault("commit", err)
		}
		if refused[w.Index], err = s.refusal(ctx, g.entries[w.Index], w.Message); err != nil {
			return nil, err
		}
		if g.ordered {
			for i := w.Index + 1; i < len(refused); i++ {
				refused[i] = chat.ErrNotAttempted
			}
			break
		}
	}
	return refused, nil
}

// refusal tells which index refused e. MongoDB names it in its message. Where it is the id, as
// when the same message is committed again, or the server names none, looking tells.
func (s *Store) refusal(ctx context.Context, e chat.Entry, message string) (refusal, err error) {
	switch {
	case strings.Contains(message, "index: "+entriesClient):
		return chat.ErrClientIDUsed, nil
	case strings.Contains(message, "index: "+entriesSeq):
		return chat.ErrSeqTaken, nil
	}
	_, err = s.EntryByClientID(ctx, e.ConversationID, e.SenderID, e.ClientID)
	if err == nil {
		return chat.ErrClientIDUsed, nil
	}
	if !errors.Is(err, chat.ErrNotFound) {
		return nil, err
	}
	last, err := s.LastSeq(ctx, e.ConversationID)
	if err != nil {
		return nil, err
	}
	if last < e.Seq && e.Revision > 0 {
		return chat.ErrConflict, nil
	}
	if last < e.Seq {
		return nil, fmt.Errorf("mongostore: commit: %s:%d: its id is another entry's", e.ConversationID, e.Seq)
	}
	return chat.ErrSeqTaken, nil
}

// accepted is what of a batch is in the log, and so has to be derived.
type accepted struct {
	created []chat.Entry
	moves   map[chat.ConversationID]move
	// doubtful are conversations with an entry of an earlier try, and how far they must be: the
	// node that made it may have died before deriving.
	doubtful map[chat.ConversationID]int64
	// changed are messages with a new change, or one of an earlier try, and their conversations.
	changed map[chat.MessageID]chat.ConversationID
	// revised are conversations with a new revision, or one of another node.
	revised map[chat.ConversationID]struct{}
}

// move is where a batch takes a conversation's head.
type move struct {
	chat.Head
	// first is the seq of the batch's first entry.
	first int64
	// total: the last entry settles the whole head, whatever came before.
	total bool
}

func newAccepted() *accepted {
	return &accepted{
		moves: map[chat.ConversationID]move{}, doubtful: map[chat.ConversationID]int64{}, changed: map[chat.MessageID]chat.ConversationID{},
		revised: map[chat.ConversationID]struct{}{},
	}
}

func (a *accepted) note(e chat.Entry, refusal error) {
	id := e.ConversationID
	switch {
	case errors.Is(refusal, chat.ErrClientIDUsed):
		a.doubtful[id] = math.MaxInt64
	case errors.Is(refusal, chat.ErrSeqTaken) && e.Seq == 1:
		a.doubtful[id] = 1
	}
	if e.Revision > 0 && (refusal == nil || errors.Is(refusal, chat.ErrConflict)) {
		a.revised[id] = struct{}{}
	}
	if e.TargetID != "" && (refusal == nil || errors.Is(refusal, chat.ErrClientIDUsed)) {
		a.changed[e.TargetID] = id
	}
	if refusal != nil {
		return
	}
	if e.Created != nil {
		a.created = append(a.created, e)
	}
	m, known := a.moves[id]
	if !known {
		m.first = e.Seq
	}
	m.total = e.Kind == chat.MessageCreated
	m.Head = m.Then(e.Head())
	a.moves[id] = m
}

// LastSeq is 0 for a conversation without a log.
func (s *Store) LastSeq(ctx context.Context, id chat.ConversationID) (int64, error) {
	last, err := s.lastEntry(ctx, id)
	if errors.Is(err, chat.ErrNotFound) {
		return 0, nil
	}
	return last.Seq, err
}

// lastEntry has no more than its seq, and fails with chat.ErrNotFound.
func (s *Store) lastEntry(ctx context.Context, id chat.ConversationID) (chat.Entry, error) {
	return findOne[entryRecord](ctx, s.entries, "last seq", bson.D{{Key: "conversationId", Value: id}},
		options.FindOne().SetSort(bson.D{{Key: "conversationId", Value: -1}, {Key: "seq", Value: -1}}).
			SetProjection(bson.D{{Key: "seq", Value: 1}, {Key: "_id", Value: 0}}))
}

// EntryByClientID fails with chat.ErrNotFound.
func (s *Store) EntryByClientID(ctx context.Context, id chat.ConversationID, sender chat.UserID, clientID string) (chat.Entry, error) {
	return findOne[entryRecord](ctx, s.entries, "entry by client id",
		bson.D{{Key: "conversationId", Value: id}, {Key: "senderId", Value: sender}, {Key: "clientId", Value: clientID}})
}

// EntriesSince are those of all conversations that come after the cursor, in its order; at most limit.
func (s *Store) EntriesSince(ctx context.Context, after chat.EntryCursor, limit int) ([]chat.Entry, error) {
	at := instant(after.CreatedAt)
	// The first condition bounds the range of the index, the others the rows of its first instant.
	return find[entryRecord](ctx, s.entries, "entries since", bson.D{
		{Key: "createdAt", Value: is("$gte", at)},
		{Key: "$or", Value: bson.A{
			bson.D{{Key: "createdAt", Value: is("$gt", at)}},
			bson.D{{Key: "createdAt", Value: at}, {Key: "conversationId", Value: is("$gt", after.ConversationID)}},
			bson.D{{Key: "createdAt", Value: at}, {Key: "conversationId", Value: after.ConversationID}, {Key: "seq", Value: is("$gt", after.Seq)}},
		}},
	}, options.Find().SetSort(ascending("createdAt", "conversationId", "seq")).SetLimit(int64(limit)).SetProjection(withoutTerms))
}

// Notices are the entries of chat.NoticeKinds with a seq between after and before, both exclusive, ascending; the last limit of them.
// Each kind is a range of entries_messages in the order of seq; MongoDB merges them.
func (s *Store) Notices(ctx context.Context, id chat.ConversationID, after, before int64, limit int) ([]chat.Entry, error) {
	entries, err := find[entryRecord](ctx, s.entries, "notices", bson.D{
		{Key: "conversationId", Value: id},
		{Key: "kind", Value: in(chat.NoticeKinds)},
		{Key: "seq", Value: bson.D{{Key: "$gt", Value: after}, {Key: "$lt", Value: before}}},
	}, options.Find().SetSort(bson.D{{Key: "seq", Value: -1}}).SetLimit(int64(limit)).SetProjection(withoutTerms))
	slices.Reverse(entries)
	return entries, err
}

// Entries are those with a seq above after, ascending; at most limit.
func (s *Store) Entries(ctx context.Context, id chat.ConversationID, after int64, limit int) ([]chat.Entry, error) {
	return find[entryRecord](ctx, s.entries, "entries",
		bson.D{{Key: "conversationId", Value: id}, {Key: "seq", Value: is("$gt", after)}},
		options.Find().SetSort(ascending("conversationId", "seq")).SetLimit(int64(limit)).SetProjection(withoutTerms))
}
