package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

// InviteStore is what invites need of a store; package store has the contract.
type InviteStore interface {
	CreateInvite(ctx context.Context, i chat.Invite) error
	InviteByCode(ctx context.Context, code string) (chat.Invite, error)
	InvitesOf(ctx context.Context, id chat.ConversationID, now chat.Time, limit int) ([]chat.Invite, error)
	RevokeInvite(ctx context.Context, id chat.ConversationID, invite chat.InviteID, at chat.Time) error
	ClaimInvite(ctx context.Context, i chat.Invite, user chat.UserID) error
	InviteClaimed(ctx context.Context, invite chat.InviteID, user chat.UserID) (bool, error)
	Departure(ctx context.Context, id chat.ConversationID, user chat.UserID) (chat.Entry, error)
	BlocksBetween(ctx context.Context, user chat.UserID, others []chat.UserID) ([]chat.Block, error)
}

// Invites are links into groups. They belong to the group, whoever of its owner and admins has made them, and are kept as
// they are, so that those can copy one again instead of making ever more.
type Invites struct {
	store  InviteStore
	groups *Groups
	url    string
	now    func() time.Time
}

// NewInvites works on store and brings people into groups; publicURL is the address of this Parley.
func NewInvites(store InviteStore, groups *Groups, publicURL string, now func() time.Time) *Invites {
	return &Invites{store: store, groups: groups, url: strings.TrimSuffix(publicURL, "/"), now: now}
}

// InviteView is an invite as the owner and admins of its group see it.
type InviteView struct {
	ID        chat.InviteID `json:"id"`
	Code      string        `json:"code"`
	URL       string        `json:"url"`
	CreatedBy chat.UserID   `json:"createdBy"`
	CreatedAt chat.Time     `json:"createdAt"`
	ExpiresAt chat.Time     `json:"expiresAt"`
	// MaxUses is null for any number.
	MaxUses   *int      `json:"maxUses"`
	Uses      int       `json:"uses"`
	RevokedAt chat.Time `json:"revokedAt"`
}

func (s *Invites) view(i chat.Invite) InviteView {
	v := InviteView{
		// The code stands behind the #, which browsers send to no server and so into no log.
		ID: i.ID, Code: i.Code, URL: s.url + "/join#" + i.Code, CreatedBy: i.CreatedBy, CreatedAt: i.CreatedAt,
		ExpiresAt: i.ExpiresAt, Uses: i.Uses, RevokedAt: i.RevokedAt,
	}
	if i.MaxUses > 0 {
		v.MaxUses = &i.MaxUses
	}
	return v
}

// NewInvite says for how long an invite is to be good.
type NewInvite struct {
	// ExpiresIn is in seconds; nil for chat.InviteTTL, 0 for ever.
	ExpiresIn *int64
	// MaxUses is nil, or 0, for any number.
	MaxUses *int64
}

// Create makes an invite into a group. Refuses with CodeValidation, and with CodeConflict where the group has enough.
func (s *Invites) Create(ctx context.Context, v Viewer, id chat.ConversationID, in NewInvite) (InviteView, error) {
	if err := s.mayManage(ctx, v, id); err != nil {
		return InviteView{}, err
	}
	now := chat.TimeOf(s.now())
	i := chat.Invite{
		ID: chat.NewID[chat.InviteID](), ConversationID: id, Code: rand.Text(), // 130 bits
		CreatedBy: v.UserID, CreatedAt: now,
	}
	if err := in.bound(&i); err != nil {
		return InviteView{}, err
	}
	good, err := s.store.InvitesOf(ctx, id, now, chat.MaxInvites)
	if err != nil {
		return InviteView{}, fromStore(err, "invites")
	}
	if len(good) >= chat.MaxInvites {
		return InviteView{}, Refuse(CodeConflict, fmt.Sprintf("the group has %d invites; revoke one before", chat.MaxInvites))
	}
	if err := s.store.CreateInvite(ctx, i); err != nil {
		return InviteView{}, fromStore(err, "invite")
	}
	return s.view(i), nil
}

// bound sets for how long i is good.
func (in NewInvite) bound(i *chat.Invite) error {
	var bad fieldErrors
	i.ExpiresAt = i.CreatedAt.Add(chat.InviteTTL)
	if in.ExpiresIn != nil {
		longest := int64(chat.MaxInviteTTL / time.Second)
		switch n := *in.ExpiresIn; {
		case n == 0:
			i.ExpiresAt = 0
		case n < 0 || n > longest:
			bad.add("expiresInSeconds", fmt.Sprintf("must be from 1 to %d, or null for an invite that does not expire", longest))
		default:
			i.ExpiresAt = i.CreatedAt.Add(time.Duration(n) * time.Second)
		}
	}
	if in.MaxUses != nil {
		if *in.MaxUses < 0 || *in.MaxUses > chat.MaxMembers {
			bad.add("maxUses", fmt.Sprintf("must be from 1 to %d, or null for any number", chat.MaxMembers))
		}
		i.MaxUses = int(*in.MaxUses)
	}
	return bad.err()
}

// List are the invites of a group that are neither revoked nor expired, the newest first.
func (s *Invites) List(ctx context.Context, v Viewer, id chat.ConversationID) ([]InviteView, error) {
	if err := s.mayManage(ctx, v, id); err != nil {
		return nil, err
	}
	good, err := s.store.InvitesOf(ctx, id, chat.TimeOf(s.now()), 2*chat.MaxInvites) // of those made at once a few more may be
	if err != nil {
		return nil, fromStore(err, "invites")
	}
	views := make([]InviteView, len(good))
	for n, i := range good {
		views[n] = s.view(i)
	}
	return views, nil
}

// Revoke ends an invite; again is no error. Refuses with CodeNotFound one that the group doesn't have.
func (s *Invites) Revoke(ctx context.Context, v Viewer, id chat.ConversationID, invite chat.InviteID) error {
	if err := s.mayManage(ctx, v, id); err != nil {
		return err
	}
	return fromStore(s.store.RevokeInvite(ctx, id, invite, chat.TimeOf(s.now())), "invite")
}

func (s *Invites) mayManage(ctx context.Context, v Viewer, id chat.ConversationID) error {
	g, err := s.groups.group(ctx, v, id)
	if err != nil {
		return err
	}
	return g.mayManage()
}

// InvitePreview is what an invite tells about its group before one joins.
type InvitePreview struct {
	Title       string  `json:"title"`
	AvatarURL   *string `json:"avatarUrl"`
	MemberCount int     `json:"memberCount"`
	// ConversationID is null for who is no member yet.
	ConversationID *chat.ConversationID `json:"conversationId"`
}

// Preview shows where an invite leads. Refuses as Join does.
func (s *Invites) Preview(ctx context.Context, v Viewer, code string) (InvitePreview, error) {
	i, g, err := s.open(ctx, v, code)
	if err != nil {
		return InvitePreview{}, err
	}
	view := InvitePreview{
		Title: g.conversation.Title, AvatarURL: frame.OrNull(g.conversation.AvatarURL), MemberCount: g.conversation.MemberCount,
	}
	if g.member() {
		view.ConversationID = &g.conversation.ID
		return view, nil
	}
	if i.UsedUp() {
		claimed, err := s.store.InviteClaimed(ctx, i.ID, v.UserID)
		if err != nil {
			return InvitePreview{}, fromStore(err, "invite")
		}
		if !claimed {
			return InvitePreview{}, usedUp()
		}
	}
	return view, s.admit(ctx, v, g)
}

// Join makes the viewer a member of the group, which one who is one already stays. The use is taken first, and a repeat has
// it already: so whatever dies in between, everybody takes one, and there are never more than the invite allows. Refuses with
// CodeNotFound, CodeInviteRevoked, CodeInviteExpired, CodeInviteUsedUp; with CodeForbidden whom somebody has removed from the
// group, and with CodeConflict if it is full.
func (s *Invites) Join(ctx context.Context, v Viewer, code string) (ConversationView, error) {
	i, g, err := s.open(ctx, v, code)
	if err != nil {
		return ConversationView{}, err
	}
	if !g.member() {
		if err := s.admit(ctx, v, g); err != nil {
			return ConversationView{}, err
		}
		if err := s.store.ClaimInvite(ctx, i, v.UserID); errors.Is(err, chat.ErrConflict) {
			return ConversationView{}, usedUp()
		} else if err != nil {
			return ConversationView{}, fromStore(err, "invite")
		}
		err := s.groups.changeAs(ctx, v, i.ConversationID, s.look, func(ctx context.Context, g group) ([]chat.Entry, error) {
			if g.member() {
				return nil, nil
			}
			joined := chat.Entry{Kind: chat.MemberAdded, Member: &chat.NewMember{UserID: v.UserID, Role: chat.RoleMember}}
			return []chat.Entry{joined}, s.admit(ctx, v, g)
		})
		if err != nil {
			return ConversationView{}, err
		}
	}
	return s.groups.conversations.Get(ctx, v, i.ConversationID)
}

// look is a group as somebody sees it who has an invite: they need not be a member.
func (s *Invites) look(ctx context.Context, v Viewer, id chat.ConversationID) (group, error) {
	c, err := s.groups.store.Conversation(ctx, id)
	if err != nil {
		return group{}, fromStore(err, "invite")
	}
	own, err := s.groups.store.Member(ctx, id, v.UserID)
	if err != nil && !errors.Is(err, chat.ErrNotFound) {
		return group{}, fromStore(err, "invite")
	}
	return group{c, own}, nil
}

// member tells whether the viewer is one.
func (g group) member() bool { return g.own.UserID != "" }

// open finds an invite by its code, and its group. One that is over is refused, unless the viewer is a member: to them the
// answer to a join got lost, or they follow an old link. Whoever is blocked by who made the invite, or by the owner, is told
// what anybody is told who guesses: nothing.
func (s *Invites) open(ctx context.Context, v Viewer, code string) (chat.Invite, group, error) {
	i, err := s.store.InviteByCode(ctx, code)
	if err != nil {
		return i, group{}, fromStore(err, "invite")
	}
	g, err := s.look(ctx, v, i.ConversationID)
	if err != nil || g.member() {
		return i, g, err
	}
	unwanted, err := s.unwanted(ctx, v, i)
	switch {
	case err != nil:
		return i, g, err
	case unwanted:
		return i, g, fromStore(chat.ErrNotFound, "invite")
	case i.RevokedAt != 0:
		return i, g, Refuse(CodeInviteRevoked, "the invite was revoked")
	case i.ExpiresAt != 0 && i.ExpiresAt <= chat.TimeOf(s.now()):
		return i, g, Refuse(CodeInviteExpired, "the invite has expired")
	}
	return i, g, nil
}

func usedUp() error {
	return Refuse(CodeInviteUsedUp, "as many people as the invite was meant for have joined by it")
}

// unwanted tells whether the viewer is blocked by who made the invite, or by the owner of its group. Whom the viewer has
// blocked makes no difference: to join is their own will.
func (s *Invites) unwanted(ctx context.Context, v Viewer, i chat.Invite) (bool, error) {
	owner, err := s.owner(ctx, i.ConversationID)
	if err != nil {
		return false, err
	}
	blocks, err := s.store.BlocksBetween(ctx, v.UserID, []chat.UserID{i.CreatedBy, owner})
	return slices.ContainsFunc(blocks, func(b chat.Block) bool { return b.BlockedID == v.UserID }), fromStore(err, "blocks")
}

// ownerPage is how many members are read at once to find the owner, who mostly is the first.
const ownerPage = 100

func (s *Invites) owner(ctx context.Context, id chat.ConversationID) (chat.UserID, error) {
	q := chat.MemberQuery{ConversationID: id, Limit: ownerPage}
	for {
		members, err := s.groups.store.FindMembers(ctx, q)
		if err != nil {
			return "", fromStore(err, "members")
		}
		for _, m := range members {
			if m.Role == chat.RoleOwner {
				return m.UserID, nil
			}
		}
		if len(members) < q.Limit {
			return "", fromStore(chat.ErrNotFound, "invite")
		}
		q.After, q.Limit = members[len(members)-1].Cursor(), chat.MaxMembers
	}
}

// admit refuses whom somebody has removed from the group: only who may add members brings them back. Who left may come again.
func (s *Invites) admit(ctx context.Context, v Viewer, g group) error {
	if g.conversation.MemberCount >= chat.MaxMembers {
		return Refuse(CodeConflict, "the group is full")
	}
	left, err := s.store.Departure(ctx, g.conversation.ID, v.UserID)
	switch {
	case errors.Is(err, chat.ErrNotFound):
		return nil
	case err != nil:
		return fromStore(err, "invite")
	case left.SenderID != v.UserID:
		return Refuse(CodeForbidden, "you were removed from this group; its owner or an admin may add you again")
	}
	return nil
}
