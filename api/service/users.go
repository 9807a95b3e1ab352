package service

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

// UserStore is what accounts need of a store; package store has the contract.
type UserStore interface {
	User(ctx context.Context, id chat.UserID) (chat.User, error)
	UpdateUser(ctx context.Context, id chat.UserID, p chat.UserPatch) (chat.User, error)
	FindUsers(ctx context.Context, q chat.UserQuery) ([]chat.User, error)
}

// Avatars gives the address of an upload of the viewer's; service.Uploads does. It refuses with CodeValidation, on
// avatarUploadId, what is not the viewer's.
type Avatars interface {
	Avatar(ctx context.Context, v Viewer, id chat.UploadID) (string, error)
}

// UserView is a user as others see them.
type UserView struct {
	ID         chat.UserID `json:"id"`
	FullName   string      `json:"fullName"`
	AvatarURL  *string     `json:"avatarUrl"`
	Bio        string      `json:"bio"`
	CreatedAt  chat.Time   `json:"createdAt"`
	LastSeenAt chat.Time   `json:"lastSeenAt"`
}

// SelfView is a user as they see themselves.
type SelfView struct {
	UserView
	Email         string `json:"email"`
	EmailVerified bool   `json:"emailVerified"`
}

func viewUser(u chat.User) UserView {
	return UserView{
		ID: u.ID, FullName: u.FullName, AvatarURL: frame.OrNull(u.AvatarURL), Bio: u.Bio, CreatedAt: u.CreatedAt, LastSeenAt: u.LastSeenAt,
	}
}

func viewSelf(u chat.User) SelfView {
	return SelfView{UserView: viewUser(u), Email: u.Email, EmailVerified: u.EmailVerified}
}

// Users is the directory, and each user's own account in it.
type Users struct {
	store   UserStore
	avatars Avatars
}

// NewUsers works on store, with pictures out of avatars.
func NewUsers(store UserStore, avatars Avatars) *Users { return &Users{store, avatars} }

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
	found, err := s.store.FindUsers(ctx, chat.UserQuery{
		Prefix: chat.FoldName(q), AfterName: after.Name, AfterID: after.ID, Without: v.UserID, Limit: limit + 1,
	})
	if err != nil {
		return nil, nil, fromStore(err, "users")
	}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		next = &UserPosition{Name: chat.FoldName(last.FullName), ID: last.ID}
	}
	users = make([]UserView, len(found))
	for i, u := range found {
		users[i] = viewUser(u)
	}
	return users, next, nil
}

// Get is one user. Refuses with CodeNotFound and CodeUnavailable.
func (s *Users) Get(ctx context.Context, _ Viewer, id chat.UserID) (UserView, error) {
	u, err := s.store.User(ctx, id)
	if err != nil {
		return UserView{}, fromStore(err, "user")
	}
	return viewUser(u), nil
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
}

// UpdateMe changes the viewer's profile and returns it as it is then. Refuses with CodeValidation and CodeUnavailable.
func (s *Users) UpdateMe(ctx context.Context, v Viewer, change ProfileChange) (SelfView, error) {
	var (
		bad   fieldErrors
		patch chat.UserPatch
	)
	if change.FullName != nil {
		name := bad.cleanName(*change.FullName)
		patch.FullName = &name
	}
	if change.Bio != nil {
		bio := bad.cleanBio(*change.Bio)
		patch.Bio = &bio
	}
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
	u, err := s.store.UpdateUser(ctx, v.UserID, patch)
	if err != nil {
		return SelfView{}, fromStore(err, "user")
	}
	return viewSelf(u), nil
}

func (s *Users) avatar(ctx context.Context, v Viewer, id chat.UploadID) (string, error) {
	if id == "" {
		return "", nil
	}
	return s.avatars.Avatar(ctx, v, id)
}
