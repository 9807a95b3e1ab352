package mongostore

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/parley-chat/parley/pkg/chat"
)

type memberRecord struct {
	// ID is "<conversationId>:<userId>", so that nobody can be in a conversation twice.
	ID             string              `bson:"_id"`
	ConversationID chat.ConversationID `bson:"conversationId"`
	UserID         chat.UserID         `bson:"userId"`
	Role           chat.Role           `bson:"role"`
	JoinedAt       bson.DateTime       `bson:"joinedAt"`
	JoinedSeq      int64               `bson:"joinedSeq"`
	ReadSeq        int64               `bson:"readSeq"`
	MutedUntil     bson.DateTime       `bson:"mutedUntil"`
	DeliveredSeq   int64               `bson:"deliveredSeq,omitempty"`
	ArchivedSeq    int64               `bson:"archivedSeq,omitempty"`
	Pinned         bool                `bson:"pinned,omitempty"`
	MarkedUnread   bool                `bson:"markedUnread,omitempty"`
	// RevisedSeq is the last entry that was about this place; LeftSeq the one that ended it, for who is no member any more.
	RevisedSeq int64 `bson:"revisedSeq,omitempty"`
	LeftSeq    int64 `bson:"leftSeq,omitempty"`
	// Room: the conversation has a room channel.
	Room bool `bson:"room,omitempty"`
}

// stays is the condition that somebody is a member still.
var stays = bson.E{Key: "leftSeq", Value: nil}

func memberID(id chat.ConversationID, user chat.UserID) string { return fmt.Sprintf("%s:%s", id, user) }

func newMemberDocument(m chat.Member) memberRecord {
	return memberRecord{
		ID: memberID(m.ConversationID, m.UserID), ConversationID: m.ConversationID, UserID: m.UserID, Role: m.Role,
		JoinedAt: instant(m.JoinedAt), JoinedSeq: m.JoinedSeq, ReadSeq: m.ReadSeq, MutedUntil: instant(m.MutedUntil),
		RevisedSeq: m.RevisedSeq,
	}
}

func (r memberRecord) domain() chat.Member {
	return chat.Member{
		ConversationID: r.ConversationID, UserID: r.UserID, Role: r.Role, JoinedAt: chat.Time(r.JoinedAt),
		JoinedSeq: r.JoinedSeq, ReadSeq: r.ReadSeq, DeliveredSeq: r.DeliveredSeq, RevisedSeq: r.RevisedSeq,
		MemberSettings: chat.MemberSettings{
			MutedUntil: chat.Time(r.MutedUntil), ArchivedSeq: r.ArchivedSeq, Pinned: r.Pinned, MarkedUnread: r.MarkedUnread,
		},
	}
}

// member finds one member; the conversation is in it for a cluster that is sharded by it.
func member(id chat.ConversationID, user chat.UserID) bson.D {
	return append(place(id, user), stays)
}

// place finds somebody's place, also of who has left it.
func place(id chat.ConversationID, user chat.UserID) bson.D {
	return bson.D{{Key: "_id", Value: memberID(id, user)}, {Key: "conversationId", Value: id}}
}

// Member fails with chat.ErrNotFound.
func (s *Store) Member(ctx context.Context, id chat.ConversationID, user chat.UserID) (chat.Member, error) {
	return findOne[memberRecord](ctx, s.members, "member", member(id, user))
}

// MembersOf are the members of the conversations, by conversation, in the order in which they
// joined (then by user id); at most perConversation of each.
func (s *Store) MembersOf(ctx context.Context, ids []chat.ConversationID, perConversation int) (map[chat.ConversationID][]chat.Member, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	members := make(map[chat.ConversationID][]chat.Member, len(ids))
	// One question answers for all, unless some have more members than are wanted and use up the
	// limit; then the next one asks for those that had no turn. Each settles one at least.
	for len(ids) > 0 {
		limit := perConversation * len(ids)
		page, err := find[memberRecord](ctx, s.members, "members", bson.D{{Key: "conversationId", Value: in(ids)}, stays},
			options.Find().SetSort(ascending("conversationId", "joinedSeq", "userId")).SetLimit(int64(limit)))
		if err != nil {
			return nil, err
		}
		got := map[chat.ConversationID][]chat.Member{}
		for _, m := range page {
			if len(got[m.ConversationID]) < perConversation {
				got[m.ConversationID] = append(got[m.ConversationID], m)
			}
		}
		whole := len(page) < limit
		ids = unsettled(ids, got, page, perConversation, whole)
		for id, list := range got {
			members[id] = list
		}
	}
	return members, nil
}

// unsettled are those of ids that a page, cut at its limit, can't answer for: its last conversation,
// if it has too few members yet, and those that come after it.
func unsettled(ids []chat.ConversationID, got map[chat.ConversationID][]chat.Member, page []chat.Member, perConversation int, whole bool) []chat.ConversationID {
	if whole {
		return nil
	}
	last := page[len(page)-1].ConversationID
	var open []chat.ConversationID
	for _, id := range ids {
		if id > last || id == last && len(got[id]) < perConversation {
			open = append(open, id)
		}
	}
	return open
}

// Memberships are all of the user's, by conversation id.
func (s *Store) Memberships(ctx context.Context, user chat.UserID) ([]chat.Member, error) {
	return find[memberRecord](ctx, s.members, "memberships", bson.D{{Key: "userId", Value: user}, stays},
		options.Find().SetSort(ascending("userId", "conversationId")))
}

// MembersUntil are the users who were members up to an entry and are none since. In any order.
func (s *Store) MembersUntil(ctx context.Context, id chat.ConversationID, seq int64) ([]chat.UserID, error) {
	left, err := find[memberRecord](ctx, s.members, "members until", bson.D{{Key: "conversationId", Value: id}, {Key: "leftSeq", Value: seq}})
	users := make([]chat.UserID, len(left))
	for i, m := range left {
		users[i] = m.UserID
	}
	return users, err
}

// MembersAmong are those of the users who are members of the conversation, in any order; at most 1,000 users.
func (s *Store) MembersAmong(ctx context.Context, id chat.ConversationID, users []chat.UserID) ([]chat.Member, error) {
	if len(users) == 0 {
		return nil, nil
	}
	if len(users) > maxIDs {
		return nil, fault("members among", errTooMany)
	}
	return find[memberRecord](ctx, s.members, "members among", bson.D{{Key: "conversationId", Value: id}, {Key: "userId", Value: in(users)}, stays})
}

// RoomSeats are the users' memberships in conversations that have a room channel; at most 1,000 users.
func (s *Store) RoomSeats(ctx context.Context, users []chat.UserID) ([]chat.Member, error) {
	if len(users) == 0 {
		return nil, nil
	}
	if len(users) > maxIDs {
		return nil, fault("room seats", errTooMany)
	}
	return find[memberRecord](ctx, s.members, "room seats", bson.D{{Key: "userId", Value: in(users)}, {Key: "room", Value: true}, stays})
}

// AdvanceRead moves a member's read position forward to at.Seq, never back, and returns where it
// is now and whether it moved; fails with chat.ErrNotFound for a non-member.
func (s *Store) AdvanceRead(ctx context.Context, user chat.UserID, at chat.ReadPosition) (int64, bool, error) {
	filter := append(member(at.ConversationID, user), bson.E{Key: "readSeq", Value: is("$lt", at.Seq)})
	moved, err := update(ctx, s.members, "advance read", filter, bson.D{{Key: "readSeq", Value: at.Seq}})
	if err != nil {
		return 0, false, err
	}
	if moved {
		return at.Seq, true, nil
	}
	m, err := s.Member(ctx, at.ConversationID, user)
	return m.ReadSeq, false, err
}

// UpdateMember changes a member's own settings and returns the member as it is afterwards; fails with
// chat.ErrNotFound for a non-member.
func (s *Store) UpdateMember(ctx context.Context, id chat.ConversationID, user chat.UserID, p chat.MemberPatch) (chat.Member, error) {
	var set bson.D
	if p.MutedUntil != nil {
		set = append(set, bson.E{Key: "mutedUntil", Value: instant(*p.MutedUntil)})
	}
	if p.ArchivedSeq != nil {
		set = append(set, bson.E{Key: "archivedSeq", Value: *p.ArchivedSeq})
	}
	if p.Pinned != nil {
		set = append(set, bson.E{Key: "pinned", Value: *p.Pinned})
	}
	if p.MarkedUnread != nil {
		set = append(set, bson.E{Key: "markedUnread", Value: *p.MarkedUnread})
	}
	if len(set) > 0 {
		if _, err := update(ctx, s.members, "update member", member(id, user), set); err != nil {
			return chat.Member{}, err
		}
	}
	return s.Member(ctx, id, user)
}

// AdvanceDelivered moves the user's delivered positions forward, never back, all at once; conversations that the user
// is no member of are passed over. At most 1,000 positions.
func (s *Store) AdvanceDelivered(ctx context.Context, user chat.UserID, to []chat.ReadPosition) error {
	if len(to) == 0 {
		return nil
	}
	if len(to) > maxIDs {
		return fault("advance delivered", errTooMany)
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	writes := make([]mongo.WriteModel, 0, len(to))
	for _, at := range to {
		// Members of before there were delivered positions have none, which is not less than anything.
		writes = append(writes, mongo.NewUpdateOneModel().
			SetFilter(append(member(at.ConversationID, user), bson.E{Key: "deliveredSeq", Value: bson.D{{Key: "$not", Value: is("$gte", at.Seq)}}})).
			SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "deliveredSeq", Value: at.Seq}}}}))
	}
	_, err := s.members.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
	return fault("advance delivered", err)
}
