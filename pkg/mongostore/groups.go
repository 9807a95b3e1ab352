package mongostore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/pkg/chat"
)

// reviseBatch is how many revisions are folded in at once.
const reviseBatch = 200

func revisionID(id chat.ConversationID, revision int64) string {
	return fmt.Sprintf("%s:r%d", id, revision)
}

// reviseAll folds what has been committed into the conversations; what fails is left to Heal.
func (s *Store) reviseAll(ctx context.Context, ids map[chat.ConversationID]struct{}) {
	var jobs errgroup.Group
	jobs.SetLimit(fanOut)
	for id := range ids {
		jobs.Go(func() error {
			if _, err := s.revise(ctx, id); err != nil {
				s.log.WarnContext(ctx, "group left to healing", "conversation", id, "error", err)
			}
			return nil
		})
	}
	_ = jobs.Wait()
}

// revise brings a conversation and its members up to the revisions in its log, and tells whether they were behind. One that
// is not known is left alone. Any number may do it at once: revisions are applied in their order, each place in a
// group takes no entry that is older than what it has, and the conversation moves on only from where it was read.
func (s *Store) revise(ctx context.Context, id chat.ConversationID) (revised bool, err error) {
	for range settleTries {
		c, err := findOne[conversationRecord](ctx, s.conversations, "revise", bson.D{{Key: "_id", Value: id}})
		if err != nil {
			return revised, ignoreNotFound(err)
		}
		entries, err := s.revisions(ctx, c)
		if err != nil || len(entries) == 0 {
			return revised, err
		}
		before := c.Revision
		if err := s.place(ctx, c, entries); err != nil {
			return revised, err
		}
		for _, e := range entries {
			c = c.Revise(e)
		}
		done, err := s.replaceGroup(ctx, before, c)
		if err != nil {
			return revised, err
		}
		revised = revised || done
		if done && len(entries) < reviseBatch {
			return true, nil
		}
	}
	return revised, fmt.Errorf("mongostore: conversation %s: always changed by others", id)
}

// revisions are the next ones after the conversation's own, without a gap.
func (s *Store) revisions(ctx context.Context, c chat.Conversation) ([]chat.Entry, error) {
	ids := make([]string, reviseBatch)
	for i := range ids {
		ids[i] = revisionID(c.ID, c.Revision+int64(i)+1)
	}
	entries, err := find[entryRecord](ctx, s.entries, "revisions", bson.D{{Key: "_id", Value: in(ids)}, {Key: "conversationId", Value: c.ID}})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b chat.Entry) int { return cmp.Compare(a.Revision, b.Revision) })
	for i, e := range entries {
		if e.Revision != c.Revision+int64(i)+1 {
			return entries[:i], nil // the one before was committed while they were read
		}
	}
	return entries, nil
}

// place gives members the places that the entries, which follow c, decide on: first those are made that are missing, then
// all are brought up to date in the order of the entries.
func (s *Store) place(ctx context.Context, c chat.Conversation, entries []chat.Entry) error {
	var fresh []memberRecord
	var changes []mongo.WriteModel
	for _, e := range entries {
		before := c.RoomSeq
		c = c.Revise(e)
		inRoom := c.RoomSeq > 0
		for _, p := range e.Places() {
			if p.Joined {
				r := newMemberDocument(p.Member)
				r.Room = inRoom
				fresh = append(fresh, r)
			}
			changes = append(changes, mongo.NewUpdateOneModel().SetFilter(append(place(p.ConversationID, p.UserID), older(e.Seq))).SetUpdate(placing(p, inRoom)))
		}
		if e.Kind == chat.ConversationDeleted {
			changes = append(changes, mongo.NewUpdateManyModel().
				SetFilter(bson.D{{Key: "conversationId", Value: c.ID}, stays, older(e.Seq)}).
				SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "leftSeq", Value: e.Seq}, {Key: "revisedSeq", Value: e.Seq}}}}))
		}
		if before == 0 && inRoom {
			changes = append(changes, mongo.NewUpdateManyModel().SetFilter(bson.D{{Key: "conversationId", Value: c.ID}}).
				SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "room", Value: true}}}}))
		}
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	if len(fresh) > 0 {
		if _, err := s.members.InsertMany(ctx, fresh, options.InsertMany().SetOrdered(false)); err != nil && !onlyDuplicates(err) {
			return fault("place members", err)
		}
	}
	if len(changes) == 0 {
		return nil
	}
	_, err := s.members.BulkWrite(ctx, changes, options.BulkWrite().SetOrdered(true))
	return fault("place members", err)
}

// older is the condition that a place has not been decided on by an entry as young as this.
func older(seq int64) bson.E {
	return bson.E{Key: "revisedSeq", Value: bson.D{{Key: "$not", Value: is("$gte", seq)}}}
}

func placing(p chat.Place, inRoom bool) bson.D {
	set := bson.D{{Key: "revisedSeq", Value: p.RevisedSeq}}
	switch {
	case p.Left:
		return bson.D{{Key: "$set", Value: append(set, bson.E{Key: "leftSeq", Value: p.RevisedSeq})}}
	case p.Joined:
		// Whoever comes back begins anew.
		return bson.D{
			{Key: "$set", Value: append(set, bson.E{Key: "role", Value: p.Role}, bson.E{Key: "joinedAt", Value: instant(p.JoinedAt)},
				bson.E{Key: "joinedSeq", Value: p.JoinedSeq}, bson.E{Key: "readSeq", Value: p.ReadSeq}, bson.E{Key: "mutedUntil", Value: instant(0)},
				bson.E{Key: "room", Value: inRoom})},
			{Key: "$unset", Value: bson.D{
				{Key: "leftSeq", Value: ""},
				{Key: "deliveredSeq", Value: ""},
				{Key: "archivedSeq", Value: ""},
				{Key: "pinned", Value: ""},
				{Key: "markedUnread", Value: ""},
			}},
		}
	default:
		return bson.D{{Key: "$set", Value: append(set, bson.E{Key: "role", Value: p.Role})}}
	}
}

// replaceGroup writes what revisions have made of a conversation, if it still is at the one before, and tells whether it was.
func (s *Store) replaceGroup(ctx context.Context, before int64, c chat.Conversation) (bool, error) {
	same := bson.D{{Key: "_id", Value: c.ID}, {Key: "revision", Value: before}}
	if before == 0 {
		same[1].Value = bson.D{{Key: "$not", Value: is("$gte", 1)}} // none, before there were revisions
	}
	set := bson.D{
		{Key: "title", Value: c.Title},
		{Key: "description", Value: c.Description},
		{Key: "avatarUrl", Value: c.AvatarURL},
		{Key: "memberCount", Value: c.MemberCount},
		{Key: "revision", Value: c.Revision},
	}
	if c.RoomSeq > 0 {
		set = append(set, bson.E{Key: "roomSeq", Value: c.RoomSeq}, bson.E{Key: "roomAt", Value: instant(c.RoomAt)})
	}
	if c.DeletedAt > 0 {
		set = append(set, bson.E{Key: "deletedAt", Value: instant(c.DeletedAt)})
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	result, err := s.heads.UpdateOne(ctx, same, bson.D{{Key: "$set", Value: set}})
	if err != nil {
		return false, fault("revise", err)
	}
	return result.MatchedCount == 1, nil
}

// Revised are those of the conversations whose logs have a revision above the given one. When it returns, what is derived
// from those is there.
func (s *Store) Revised(ctx context.Context, known map[chat.ConversationID]int64) ([]chat.ConversationID, error) {
	if len(known) == 0 {
		return nil, nil
	}
	if len(known) > maxIDs {
		return nil, fault("revised", errTooMany)
	}
	next := make([]string, 0, len(known))
	for id, revision := range known {
		next = append(next, revisionID(id, revision+1))
	}
	found, err := find[entryRecord](ctx, s.entries, "revised",
		bson.D{{Key: "_id", Value: in(next)}, {Key: "conversationId", Value: in(slices.Collect(maps.Keys(known)))}},
		options.Find().SetProjection(bson.D{{Key: "conversationId", Value: 1}, {Key: "revision", Value: 1}}))
	if err != nil {
		return nil, err
	}
	var revised []chat.ConversationID
	var errs []error
	for _, e := range found {
		revised = append(revised, e.ConversationID)
		if _, err := s.revise(ctx, e.ConversationID); err != nil {
			errs = append(errs, err)
		}
	}
	return revised, errors.Join(errs...)
}

// healGroups folds into those of the conversations that are not as far as their last revisions what they lack.
func (s *Store) healGroups(ctx context.Context, last map[chat.ConversationID]int64) (healed int, err error) {
	for ids := range slices.Chunk(slices.Collect(maps.Keys(last)), mendBatch) {
		known, err := find[conversationRecord](ctx, s.conversations, "heal groups", bson.D{{Key: "_id", Value: in(ids)}})
		if err != nil {
			return healed, err
		}
		for _, c := range known {
			if c.Revision >= last[c.ID] {
				continue
			}
			revised, err := s.revise(ctx, c.ID)
			if err != nil {
				return healed, err
			}
			if revised {
				healed++
			}
		}
	}
	return healed, nil
}
