package mongostore

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	// foldBatch is how many changes of a message are folded in at once.
	foldBatch = 500
	// settleTries bounds how often a message is read again because another node folded at the same time.
	settleTries = 20
)

// settleAll folds into messages what has been committed of them; what fails is left to Heal.
func (s *Store) settleAll(ctx context.Context, changed map[chat.MessageID]chat.ConversationID) {
	var jobs errgroup.Group
	jobs.SetLimit(fanOut)
	for id := range changed {
		jobs.Go(func() error {
			if _, err := s.settle(ctx, id); err != nil {
				s.log.WarnContext(ctx, "message left to healing", "message", id, "error", err)
			}
			return nil
		})
	}
	_ = jobs.Wait()
}

// settle folds into a message what its log has and it does not, and tells whether there was anything. It is written only
// if it still is what was read, so any number may do it at once; unknown messages are left alone.
func (s *Store) settle(ctx context.Context, id chat.MessageID) (settled bool, err error) {
	for range settleTries {
		found, err := s.MessagesByID(ctx, []chat.MessageID{id})
		if err != nil || len(found) == 0 {
			return settled, err
		}
		before := found[0]
		changes, err := find[entryRecord](ctx, s.entries, "changes of a message", bson.D{
			{Key: "conversationId", Value: before.ConversationID}, {Key: "targetId", Value: id}, {Key: "seq", Value: is("$gt", before.Rev)},
		}, options.Find().SetSort(ascending("seq")).SetLimit(foldBatch))
		if err != nil || len(changes) == 0 {
			return settled, err
		}
		after := before
		for _, e := range changes {
			after = after.Apply(e)
		}
		done, err := s.replace(ctx, before, after)
		if err != nil {
			return settled, err
		}
		settled = settled || done
		// What is committed after this is settled by its own commit.
		if done && len(changes) < foldBatch {
			return true, nil
		}
	}
	return settled, fmt.Errorf("mongostore: message %s: always changed by others", id)
}

// replace writes after, if the message still is before, and tells whether it was.
func (s *Store) replace(ctx context.Context, before, after chat.Message) (bool, error) {
	if after.DeletedAt != 0 {
		// Before the message says that it is done: should the node die in between, it is done again.
		if err := s.release(ctx, before); err != nil {
			return false, err
		}
		if err := s.scrub(ctx, after); err != nil {
			return false, err
		}
	}
	mentions, terms := after.MentionKeys(), after.SearchKeys()
	var f fields
	f.put("message", newMessageRecord(after), true)
	f.put("rev", after.Rev, true)
	f.put("pinnedSeq", after.PinnedSeq, after.PinnedSeq != 0)
	f.put("mentionKeys", mentions, len(mentions) > 0)
	// Also where they are the same: whoever makes them anew leaves alone what changes meanwhile.
	f.put("terms", terms, len(terms) > 0)
	ctx, cancel := bounded(ctx)
	defer cancel()
	result, err := s.entries.UpdateOne(ctx, asRead(before), f.update())
	if err != nil {
		return false, fault("fold into a message", err)
	}
	return result.MatchedCount == 1, nil
}

// fields are what an update sets, and what it takes away.
type fields struct{ set, unset bson.D }

// put sets a field that is there, and takes away one that is not.
func (f *fields) put(key string, value any, there bool) {
	if there {
		f.set = append(f.set, bson.E{Key: key, Value: value})
	} else {
		f.unset = append(f.unset, bson.E{Key: key, Value: ""})
	}
}

func (f *fields) update() bson.D {
	var change bson.D
	if len(f.set) > 0 {
		change = append(change, bson.E{Key: "$set", Value: f.set})
	}
	if len(f.unset) > 0 {
		change = append(change, bson.E{Key: "$unset", Value: f.unset})
	}
	return change
}

// asRead finds a message's entry if it still is as it was read.
func asRead(m chat.Message) bson.D {
	same := bson.D{{Key: "_id", Value: m.ID}, {Key: "conversationId", Value: m.ConversationID}, {Key: "rev", Value: m.Rev}}
	if m.Rev == 0 {
		same[2].Value = is("$exists", false)
	}
	return same
}

// scrub takes the texts out of a deleted message's edits.
func (s *Store) scrub(ctx context.Context, m chat.Message) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	_, err := s.entries.UpdateMany(ctx, bson.D{
		{Key: "conversationId", Value: m.ConversationID}, {Key: "targetId", Value: m.ID}, {Key: "kind", Value: chat.MessageUpdated},
	}, bson.D{{Key: "$set", Value: bson.D{{Key: "edit", Value: editRecord{Mentions: []chat.UserID{}}}}}})
	return fault("scrub edits", err)
}

// healMessages settles those of the messages that are not as far as their last changes.
func (s *Store) healMessages(ctx context.Context, last map[chat.MessageID]int64) (healed int, err error) {
	for ids := range slices.Chunk(slices.Collect(maps.Keys(last)), mendBatch) {
		messages, err := s.MessagesByID(ctx, ids)
		if err != nil {
			return healed, err
		}
		for _, m := range messages {
			if m.Rev >= last[m.ID] {
				continue
			}
			settled, err := s.settle(ctx, m.ID)
			if err != nil {
				return healed, err
			}
			if settled {
				healed++
			}
		}
	}
	return healed, nil
}
