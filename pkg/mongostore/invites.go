package mongostore

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/parley-chat/parley/pkg/chat"
)

type inviteRecord struct {
	ID             chat.InviteID       `bson:"_id"`
	ConversationID chat.ConversationID `bson:"conversationId"`
	Code           string              `bson:"code"`
	CreatedBy      chat.UserID         `bson:"createdBy"`
	CreatedAt      bson.DateTime       `bson:"createdAt"`
	ExpiresAt      bson.DateTime       `bson:"expiresAt"`
	MaxUses        int                 `bson:"maxUses"`
	RevokedAt      bson.DateTime       `bson:"revokedAt"`
	// OverAt is chat.Invite.OverAt.
	OverAt bson.DateTime `bson:"overAt"`
}

func (r inviteRecord) domain() chat.Invite {
	return chat.Invite{
		ID: r.ID, ConversationID: r.ConversationID, Code: r.Code, CreatedBy: r.CreatedBy, CreatedAt: chat.Time(r.CreatedAt),
		ExpiresAt: chat.Time(r.ExpiresAt), MaxUses: r.MaxUses, RevokedAt: chat.Time(r.RevokedAt),
	}
}

// inviteUse is one use of an invite, numbered 1, 2, 3, … without gaps.
type inviteUse struct {
	// ID is "<inviteId>:<userId>", so that nobody uses one twice.
	ID       string        `bson:"_id"`
	InviteID chat.InviteID `bson:"inviteId"`
	Slot     int           `bson:"slot"`
}

func (r inviteUse) domain() int { return r.Slot }

func inviteUseID(id chat.InviteID, user chat.UserID) string { return fmt.Sprintf("%s:%s", id, user) }

// CreateInvite keeps a new link into a group.
func (s *Store) CreateInvite(ctx context.Context, i chat.Invite) error {
	return insert(ctx, s.invites, "create invite", inviteRecord{
		ID: i.ID, ConversationID: i.ConversationID, Code: i.Code, CreatedBy: i.CreatedBy, CreatedAt: instant(i.CreatedAt),
		ExpiresAt: instant(i.ExpiresAt), MaxUses: i.MaxUses, RevokedAt: instant(i.RevokedAt), OverAt: instant(i.OverAt()),
	})
}

// InviteByCode fails with chat.ErrNotFound; those that are over are found.
func (s *Store) InviteByCode(ctx context.Context, code string) (chat.Invite, error) {
	i, err := findOne[inviteRecord](ctx, s.invites, "invite by code", bson.D{{Key: "code", Value: code}})
	if err != nil {
		return chat.Invite{}, err
	}
	i.Uses, err = s.inviteUsesOf(ctx, i.ID)
	return i, err
}

// InvitesOf are those of a conversation that are neither expired nor revoked at now, the newest first; at most limit.
func (s *Store) InvitesOf(ctx context.Context, id chat.ConversationID, now chat.Time, limit int) ([]chat.Invite, error) {
	found, err := find[inviteRecord](ctx, s.invites, "invites",
		bson.D{{Key: "conversationId", Value: id}, {Key: "overAt", Value: is("$gt", instant(now))}},
		options.Find().SetSort(bson.D{{Key: "createdAt", Value: -1}, {Key: "_id", Value: -1}}).SetLimit(int64(limit)))
	if err != nil {
		return nil, err
	}
	for n := range found {
		if found[n].Uses, err = s.inviteUsesOf(ctx, found[n].ID); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// inviteUsesOf is the number of the last use, and so how many there are.
func (s *Store) inviteUsesOf(ctx context.Context, id chat.InviteID) (int, error) {
	last, err := findOne[inviteUse](ctx, s.inviteUses, "uses of invite", bson.D{{Key: "inviteId", Value: id}},
		options.FindOne().SetSort(bson.D{{Key: "inviteId", Value: -1}, {Key: "slot", Value: -1}}))
	return last, ignoreNotFound(err)
}

// RevokeInvite is a no-op for one that is revoked; fails with chat.ErrNotFound for one that the conversation doesn't have.
func (s *Store) RevokeInvite(ctx context.Context, id chat.ConversationID, invite chat.InviteID, at chat.Time) error {
	known := bson.D{{Key: "_id", Value: invite}, {Key: "conversationId", Value: id}}
	i, err := findOne[inviteRecord](ctx, s.invites, "revoke invite", known)
	if err != nil || i.RevokedAt != 0 {
		return err
	}
	i.RevokedAt = at
	_, err = update(ctx, s.invites, "revoke invite", append(known, bson.E{Key: "revokedAt", Value: instant(0)}),
		bson.D{{Key: "revokedAt", Value: instant(at)}, {Key: "overAt", Value: instant(i.OverAt())}})
	return err
}

// ClaimInvite takes one of the invite's uses for the user, who needs no second one however often they come. Fails with
// chat.ErrConflict if there is none left. Who takes number n has seen n-1 taken, and of two that take the same one is refused:
// so there are no more than the invite has, and no gaps.
func (s *Store) ClaimInvite(ctx context.Context, i chat.Invite, user chat.UserID) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	use := inviteUse{ID: inviteUseID(i.ID, user), InviteID: i.ID}
	last, err := s.inviteUsesOf(ctx, i.ID)
	if err != nil {
		return err
	}
	for use.Slot = last + 1; ; use.Slot++ {
		if i.MaxUses == 0 || use.Slot <= i.MaxUses {
			if err := insert(ctx, s.inviteUses, "claim invite", use); !mongo.IsDuplicateKeyError(err) {
				return err
			}
		}
		claimed, err := s.InviteClaimed(ctx, i.ID, user)
		switch {
		case err != nil || claimed:
			return err
		case i.MaxUses > 0 && use.Slot >= i.MaxUses:
			return fault("claim invite", chat.ErrConflict)
		}
	}
}

// InviteClaimed tells whether the user has one of the invite's uses.
func (s *Store) InviteClaimed(ctx context.Context, invite chat.InviteID, user chat.UserID) (bool, error) {
	slot, err := findOne[inviteUse](ctx, s.inviteUses, "invite claimed", bson.D{{Key: "_id", Value: inviteUseID(invite, user)}})
	return slot > 0, ignoreNotFound(err)
}

// Departure is the entry by which somebody who is no member any more left the conversation, or was removed; fails with
// chat.ErrNotFound for everybody else.
func (s *Store) Departure(ctx context.Context, id chat.ConversationID, user chat.UserID) (chat.Entry, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	var left memberRecord
	err := s.members.FindOne(ctx, append(place(id, user), bson.E{Key: "leftSeq", Value: is("$gt", 0)})).Decode(&left)
	if err != nil {
		return chat.Entry{}, fault("departure", err)
	}
	return findOne[entryRecord](ctx, s.entries, "departure", bson.D{{Key: "conversationId", Value: id}, {Key: "seq", Value: left.LeftSeq}})
}

// DeleteInvites removes those that were over before the given time, with what is known of their uses, which goes first: what a crash
// leaves, the next time finds.
func (s *Store) DeleteInvites(ctx context.Context, before chat.Time) (deleted int64, err error) {
	over, err := find[inviteRecord](ctx, s.invites, "delete invites", bson.D{{Key: "overAt", Value: is("$lt", instant(before))}},
		options.Find().SetLimit(maxIDs))
	if err != nil || len(over) == 0 {
		return 0, err
	}
	ids := make([]chat.InviteID, len(over))
	for n, i := range over {
		ids[n] = i.ID
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	if _, err := s.inviteUses.DeleteMany(ctx, bson.D{{Key: "inviteId", Value: in(ids)}}); err != nil {
		return 0, fault("delete invites", err)
	}
	result, err := s.invites.DeleteMany(ctx, bson.D{{Key: "_id", Value: in(ids)}})
	if err != nil {
		return 0, fault("delete invites", err)
	}
	return result.DeletedCount, nil
}
