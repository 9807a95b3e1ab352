package mongostore

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	// scanTimeout bounds the look through recent entries.
	scanTimeout = time.Minute
	// mendBatch is how many conversations are compared with their logs at once.
	mendBatch = 500
)

// derive brings conversations, members and heads up to the entries of a batch, which are in the
// log already: so it goes on when the caller has gone, and what fails here is left to Heal.
func (s *Store) derive(ctx context.Context, a *accepted) {
	ctx, cancel := bounded(context.WithoutCancel(ctx))
	defer cancel()
	s.settleAll(ctx, a.changed)
	behind := maps.Clone(a.doubtful)
	for _, e := range a.created {
		if err := s.create(ctx, e); err != nil {
			s.log.WarnContext(ctx, "conversation left to healing", "error", err)
		}
		if a.moves[e.ConversationID].LastSeq == e.Seq {
			delete(a.moves, e.ConversationID)
		}
	}
	s.reviseAll(ctx, a.revised)
	all, err := s.moveHeads(ctx, a)
	if err != nil {
		s.log.WarnContext(ctx, "heads left to healing", "conversations", len(a.moves), "error", err)
		return
	}
	if !all {
		for id, m := range a.moves {
			behind[id] = max(behind[id], m.LastSeq)
		}
	}
	if _, err := s.mend(ctx, behind); err != nil {
		s.log.WarnContext(ctx, "conversations left to healing", "conversations", len(behind), "error", err)
	}
}

// create makes the conversation of e, its first entry, and its members, unless they exist. The
// members come first, on the disks of a majority: where there is the conversation, they are.
func (s *Store) create(ctx context.Context, e chat.Entry) error {
	records := make([]memberRecord, 0, len(e.Created.Members))
	for _, m := range e.Members() {
		r := newMemberDocument(m)
		r.Room = e.Room
		records = append(records, r)
	}
	if len(records) > 0 {
		_, err := s.members.InsertMany(ctx, records, options.InsertMany().SetOrdered(false))
		if err != nil && !onlyDuplicates(err) {
			return fault("create members", err)
		}
	}
	err := insert(ctx, s.conversations, "create conversation", newConversationRecord(e.Conversation()))
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return err
	}
	return nil
}

func onlyDuplicates(err error) bool {
	var failed mongo.BulkWriteException
	if !errors.As(err, &failed) || failed.WriteConcernError != nil {
		return false
	}
	for _, w := range failed.WriteErrors {
		if !mongo.IsDuplicateKeyError(w.WriteError) {
			return false
		}
	}
	return true
}

func headUpdate(h chat.Head) bson.D {
	set := bson.D{{Key: "lastSeq", Value: h.LastSeq}}
	if h.LastActivityAt != 0 {
		set = append(set, bson.E{Key: "lastActivityAt", Value: instant(h.LastActivityAt)})
	}
	if h.LastMessageID != "" {
		set = append(set, bson.E{Key: "lastMessageId", Value: h.LastMessageID})
	}
	return bson.D{{Key: "$set", Value: set}}
}

// Heal derives again what is missing for entries made at or after since. It is idempotent and
// may run on many nodes at once. It tells how many conversations it mended.
func (s *Store) Heal(ctx context.Context, since chat.Time) (int, error) {
	recent, err := s.recent(ctx, since)
	if err != nil {
		return 0, err
	}
	healed, err := s.healMessages(ctx, recent.changed)
	if err != nil {
		return healed, err
	}
	for ids := range slices.Chunk(slices.Collect(maps.Keys(recent.last)), mendBatch) {
		some := make(map[chat.ConversationID]int64, len(ids))
		for _, id := range ids {
			some[id] = recent.last[id]
		}
		n, err := s.mend(ctx, some)
		healed += n
		if err != nil {
			return healed, err
		}
	}
	revised, err := s.healGroups(ctx, recent.revised)
	return healed + revised, err
}

// LastEntryAt is the latest time of an entry; 0 if there is none.
func (s *Store) LastEntryAt(ctx context.Context) (chat.Time, error) {
	last, err := findOne[entryRecord](ctx, s.entries, "last entry", bson.D{},
		options.FindOne().SetSort(bson.D{{Key: "createdAt", Value: -1}, {Key: "conversationId", Value: -1}, {Key: "seq", Value: -1}}))
	return last.CreatedAt, ignoreNotFound(err)
}

// recentEntries is what entries of a time say that there has to be.
type recentEntries struct {
	// last is the last seq of each conversation, revised its last revision, if there is any.
	last, revised map[chat.ConversationID]int64
	// changed is the last change of each message that was changed.
	changed map[chat.MessageID]int64
}

// recent is what the entries made at or after since say.
func (s *Store) recent(ctx context.Context, since chat.Time) (recentEntries, error) {
	ctx, cancel := context.WithTimeout(ctx, scanTimeout)
	defer cancel()
	cursor, err := s.entries.Find(ctx, bson.D{{Key: "createdAt", Value: is("$gte", instant(since))}},
		options.Find().SetProjection(bson.D{
			{Key: "conversationId", Value: 1}, {Key: "seq", Value: 1}, {Key: "targetId", Value: 1}, {Key: "revision", Value: 1}, {Key: "_id", Value: 0},
		}))
	r := recentEntries{last: map[chat.ConversationID]int64{}, revised: map[chat.ConversationID]int64{}, changed: map[chat.MessageID]int64{}}
	if err != nil {
		return r, fault("heal", err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	for cursor.Next(ctx) {
		var e entryRecord
		if err := cursor.Decode(&e); err != nil {
			return r, fault("heal", err)
		}
		r.last[e.ConversationID] = max(r.last[e.ConversationID], e.Seq)
		if e.TargetID != "" {
			r.changed[e.TargetID] = max(r.changed[e.TargetID], e.Seq)
		}
		if e.Revision > 0 {
			r.revised[e.ConversationID] = max(r.revised[e.ConversationID], e.Revision)
		}
	}
	return r, fault("heal", cursor.Err())
}

// mend brings those of the conversations that are not as far as they must be up to their logs,
// and tells how many were not.
func (s *Store) mend(ctx context.Context, must map[chat.ConversationID]int64) (int, error) {
	if len(must) == 0 {
		return 0, nil
	}
	known, err := find[conversationRecord](ctx, s.conversations, "heal",
		bson.D{{Key: "_id", Value: in(slices.Collect(maps.Keys(must)))}})
	if err != nil {
		return 0, err
	}
	behind := maps.Clone(must)
	heads := map[chat.ConversationID]int64{}
	for _, c := range known {
		heads[c.ID] = c.LastSeq
		if c.LastSeq >= must[c.ID] {
			delete(behind, c.ID)
		}
	}
	var mended atomic.Int64
	var jobs errgroup.Group
	jobs.SetLimit(fanOut)
	for id := range behind {
		jobs.Go(func() error {
			did, err := s.mendOne(ctx, id, heads[id])
			if did {
				mended.Add(1)
			}
			return err
		})
	}
	err = jobs.Wait()
	return int(mended.Load()), err
}

// mendOne derives one conversation, whose head is at, or which is missing where that is 0, from
// its log. It tells whether there was anything to do.
func (s *Store) mendOne(ctx context.Context, id chat.ConversationID, at int64) (bool, error) {
	newest := options.FindOne().SetSort(bson.D{{Key: "conversationId", Value: -1}, {Key: "seq", Value: -1}})
	last, err := findOne[entryRecord](ctx, s.entries, "heal", bson.D{{Key: "conversationId", Value: id}}, newest)
	if err != nil || last.Seq == at {
		return false, ignoreNotFound(err)
	}
	if at == 0 {
		first, err := findOne[entryRecord](ctx, s.entries, "heal", bson.D{{Key: "conversationId", Value: id}, {Key: "seq", Value: 1}})
		if err != nil {
			return false, err
		}
		if err := s.create(ctx, first); err != nil {
			return false, err
		}
		if _, err := s.revise(ctx, id); err != nil {
			return false, err
		}
	}
	head := chat.Head{LastSeq: last.Seq}
	active, err := findOne[entryRecord](ctx, s.entries, "heal", bson.D{
		{Key: "conversationId", Value: id},
		{Key: "seq", Value: is("$lte", last.Seq)},
		{Key: "kind", Value: in([]chat.Kind{chat.ConversationCreated, chat.MemberAdded, chat.MessageCreated})},
	}, options.FindOne().SetSort(bson.D{{Key: "seq", Value: -1}}))
	if err != nil {
		return false, err
	}
	head.LastActivityAt = active.CreatedAt
	message, err := findOne[entryRecord](ctx, s.entries, "heal", bson.D{
		{Key: "conversationId", Value: id}, {Key: "kind", Value: chat.MessageCreated}, {Key: "seq", Value: is("$lte", last.Seq)},
	}, options.FindOne().SetSort(bson.D{{Key: "seq", Value: -1}}))
	if err == nil {
		head.LastMessageID = message.Message.ID
	} else if ignoreNotFound(err) != nil {
		return false, err
	}
	moved, err := s.heads.UpdateOne(ctx, bson.D{{Key: "_id", Value: id}, {Key: "lastSeq", Value: is("$lt", head.LastSeq)}}, headUpdate(head))
	if err != nil {
		return false, fault("heal", err)
	}
	return at == 0 || moved.MatchedCount > 0, nil
}

func ignoreNotFound(err error) error {
	if errors.Is(err, chat.ErrNotFound) {
		return nil
	}
	return err
}
