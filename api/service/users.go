package service

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-chat/parley/pkg/audience"
	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

// UserStore is what accounts need of a store; package store has the contract.
type UserStore interface {
	User(ctx context.Context, id chat.UserID) (chat.User, error)
	UpdateUser(ctx context.Context, id chat.UserID, p chat.UserPatch) (chat.User, error)
	FindUsers(ctx context.Context, q chat.UserQuery) ([]chat.User, error)
	SetLastSeen(ctx context.Context, at chat.Time, ids ...chat.UserID) error
	audience.Store
}

// Avatars gives the address of an upload of the viewer's; service.Uploads does. It refuses with CodeValidation, on
// avatarUploadId, what is not the viewer's.
type Avatars interface {
	Avatar(ctx context.Context, v Viewer, id chat.UploadID) (string, error)
	// Release says that the picture at an address, "" for none, is about to be replaced.
	Release(ctx context.Context, avatarURL string) error
}

// UserView is a user as others see them.
type UserView struct {
	ID        chat.UserID `json:"id"`
	FullName  string      `json:"fullName"`
	AvatarURL *string     `json:"avatarUrl"`
	Bio       string      `json:"bio"`
	CreatedAt chat.Time   `json:"createdAt"`
	// LastSeenAt is null where the viewer may not see it; see package audience.
	LastSeenAt chat.Time `json:"lastSeenAt"`
}

// ProfileView is one user, and what is between them and the viewer.
type ProfileView struct {
	UserView
	// Blocked tells that the viewer wants nothing from them. The other way round is never told.
	Blocked bool `json:"blocked"`
}

// PresenceSettings are chat.PresenceSettings on the wire.
type PresenceSettings struct {
	LastSeen  string `json:"lastSeen"`
	Invisible bool   `json:"invisible"`
}

// everybody is chat.Everybody on the wire.
const everybody = "everybody"

// SelfView is a user as they see themselves.
type SelfView struct {
	UserView
	Email         string           `json:"email"`
	EmailVerified bool             `json:"emailVerified"`
	Settings      PresenceSettings `json:"settings"`
}

// viewUser shows u to somebody who may or may not see when they were last seen.
func viewUser(u chat.User, sees bool) UserView {
	return UserView{
		ID: u.ID, FullName: u.FullName, AvatarURL: frame.OrNull(u.AvatarURL), Bio: u.Bio, CreatedAt: u.CreatedAt, LastSeenAt: lastSeen(u, sees),
	}
}

func lastSeen(u chat.User, sees bool) chat.Time {
	if !sees {
		return 0
	}
	return u.LastSeenAt
}

func viewSelf(u chat.User) SelfView {
	settings := PresenceSettings{LastSeen: everybody, Invisible: u.Invisible}
	if u.LastSeen != chat.Everybody {
		settings.LastSeen = string(u.LastSeen)
	}
	return SelfView{UserView: viewUser(u, true), Email: u.Email, EmailVerified: u.EmailVerified, Settings: settings}
}

// Users is the directory, and each user's own account in it.
type Users struct {
	store   UserStore
	avatars Avatars
	tell    teller
	now     func() time.Time
}

// NewUsers works on store, with pictures out of avatars, and tells gateways through pub who may see whom.
func NewUsers(store UserStore, avatars Avatars, pub Publisher, logger *slog.Logger, now func() time.Time) *Users {
	return &Users{store, avatars, teller{pub, logger}, now}
}

// UserPosition is the last row of a page of the directory; the zero value asks for the first page.
type UserPosition struct {
	Name string      `json:"n"`
	ID   chat.UserID `json:"i"`
}

// Find is one page of all users but the viewer, by name: those of whose name q is the beginning, or of one of its words.
// next is nil on the last page. Refuses with CodeValidation (q too long) and CodeUnavailable.
func (s *Users) Find(ctx context.Context, v Viewer, q string, after UserPosition, limit int) (users []UserView, next *UserPosition, err error) {
	var bad fieldErrors
	if utf8.RuneCountInString(q) > chat.MaxFullName {
		bad.add("q", fmt.Sprintf("may have %d characters at most", chat.MaxFullName))
	}
	if err := bad.err(); err != nil {
		return nil, nil, err
	}
	prefix := chat.FoldName(q)
	if prefix == "" && strings.TrimSpace(q) != "" {
		return []UserView{}, nil, nil // no name has what is no word
	}
	found, err := s.store.FindUsers(ctx, chat.UserQuery{
		Prefix: prefix, AfterName: after.Name, AfterID: after.ID, Without: v.UserID, Limit: limit + 1,
	})
	if err != nil {
		return nil, nil, fromStore(err, "users")
	}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		next = &UserPosition{Name: chat.FoldName(last.FullName), ID: last.ID}
	}
	sees, err := audience.Of(ctx, s.store, v.UserID, found)
	if err != nil {
		return nil, nil, fromStore(err, "users")
	}
	users = make([]UserView, len(found))
	for i, u := range found {
		users[i] = viewUser(u, sees[u.ID])
	}
	return users, next, nil
}

// Get is one user. Refuses with CodeNotFound and CodeUnavailable.
func (s *Users) Get(ctx context.Context, v Viewer, id chat.UserID) (ProfileView, error) {
	u, err := s.store.User(ctx, id)
	if err != nil {
		return ProfileView{}, fromStore(err, "user")
	}
	blocks, err := s.store.BlocksBetween(ctx, v.UserID, []chat.UserID{id})
	if err != nil {
		return ProfileView{}, fromStore(err, "user")
	}
	sees, err := audience.Of(ctx, withBlocks{s.store, blocks}, v.UserID, []chat.User{u})
	if err != nil {
		return ProfileView{}, fromStore(err, "user")
	}
	mine := slices.ContainsFunc(blocks, func(b chat.Block) bool { return b.UserID == v.UserID })
	return ProfileView{viewUser(u, sees[u.ID]), mine}, nil
}

// withBlocks is a store of which the blocks in question are known already.
type withBlocks struct {
	UserStore
	blocks []chat.Block
}

func (k withBlocks) BlocksBetween(context.Context, chat.UserID, []chat.UserID) ([]chat.Block, error) {
	return k.blocks, nil
}

// Me is the viewer's own account.
func (s *Users) Me(ctx context.Context, v Viewer) (SelfView, error) {
	u, err := s.store.User(ctx, v.UserID)
	if err != nil {
		return SelfView{}, fromStore(err, "user")
	}
	return viewSelf(u), nil
}

// ProfileChange names what of the viewer's profile changes; nil stays. An AvatarUploadID of "" takes the avatar away.
type ProfileChange struct {
	FullName       *string
	Bio            *string
	AvatarUploadID *chat.UploadID
	LastSeen       *string
	Invisible      *bool
}

// UpdateMe changes the viewer's profile and returns it as it is then. Refuses with CodeValidation and CodeUnavailable.
func (s *Users) UpdateMe(ctx context.Context, v Viewer, change ProfileChange) (SelfView, error) {
	var (
		bad   fieldErrors
		patch chat.UserPatch
	)
	if change.FullName != nil {
		name := bad.cleanName("fullName", *change.FullName, chat.MaxFullName)
		patch.FullName = &name
	}
	if change.Bio != nil {
		bio := bad.cleanLines("bio", *change.Bio, chat.MaxBio)
		patch.Bio = &bio
	}
	if change.LastSeen != nil {
		shown := bad.audience("settings.lastSeen", *change.LastSeen)
		patch.LastSeen = &shown
	}
	patch.Invisible = change.Invisible
	if err := bad.err(); err != nil {
		return SelfView{}, err
	}
	if change.AvatarUploadID != nil {
		avatar, err := s.avatar(ctx, v, *change.AvatarUploadID)
		if err != nil {
			return SelfView{}, err
		}
		patch.AvatarURL = &avatar
	}
	if patch == (chat.UserPatch{}) {
		return s.Me(ctx, v)
	}
	if patch.Invisible != nil && *patch.Invisible {
		// From here on it stands still; before, so that the store still takes it.
		if err := s.store.SetLastSeen(ctx, chat.TimeOf(s.now()), v.UserID); err != nil {
			return SelfView{}, fromStore(err, "user")
		}
	}
	u, err := s.store.UpdateUser(ctx, v.UserID, patch)
	if err != nil {
		return SelfView{}, fromStore(err, "user")
	}
	if patch.LastSeen != nil || patch.Invisible != nil {
		// Also when it was so before: the order of a call whose answer was lost may be, too.
		s.tell.audience(map[bus.Channel]chat.UserID{bus.PresenceChannel(u.ID): u.ID, bus.UserChannel(u.ID): ""})
	}
	return viewSelf(u), nil
}

// avatar is the address of the viewer's next picture; the one that they have is let go of, if it is another.
func (s *Users) avatar(ctx context.Context, v Viewer, id chat.UploadID) (next string, err error) {
	if id != "" {
		if next, err = s.avatars.Avatar(ctx, v, id); err != nil {
			return "", err
		}
	}
	u, err := s.store.User(ctx, v.UserID)
	if err != nil {
		return "", fromStore(err, "user")
	}
	if u.AvatarURL != next {
		err = s.avatars.Release(ctx, u.AvatarURL)
	}
	return next, err
}

func (f *fieldErrors) audience(field, name string) chat.Audience {
	switch a := chat.Audience(name); {
	case name == everybody:
		return chat.Everybody
	case a == chat.Contacts, a == chat.Nobody:
		return a
	default:
		f.add(field, `must be "everybody", "contacts" or "nobody"`)
		return chat.Nobody
	}
}
