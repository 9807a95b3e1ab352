package mongostore

import (
	"context"
	"regexp"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/namekey"
)

type userRecord struct {
	ID       chat.UserID `bson:"_id"`
	FullName string      `bson:"fullName"`
	// FoldedName and NameKeys are what the directory sorts and finds by.
	FoldedName    string        `bson:"foldedName"`
	NameKeys      []string      `bson:"nameKeys"`
	Email         string        `bson:"email"`
	PasswordHash  string        `bson:"passwordHash"`
	EmailVerified bool          `bson:"emailVerified"`
	Bio           string        `bson:"bio"`
	AvatarURL     string        `bson:"avatarUrl"`
	CreatedAt     bson.DateTime `bson:"createdAt"`
	LastSeenAt    bson.DateTime `bson:"lastSeenAt"`
	LastSeen      chat.Audience `bson:"lastSeen,omitempty"`
	Invisible     bool          `bson:"invisible,omitempty"`
}

func (r userRecord) domain() chat.User {
	return chat.User{
		ID: r.ID, FullName: r.FullName, Email: r.Email, PasswordHash: r.PasswordHash, EmailVerified: r.EmailVerified,
		Bio: r.Bio, AvatarURL: r.AvatarURL, CreatedAt: chat.Time(r.CreatedAt), LastSeenAt: chat.Time(r.LastSeenAt),
		PresenceSettings: chat.PresenceSettings{LastSeen: r.LastSeen, Invisible: r.Invisible},
	}
}

// CreateUser fails with chat.ErrEmailTaken.
func (s *Store) CreateUser(ctx context.Context, u chat.User) error {
	folded := chat.FoldName(u.FullName)
	err := insert(ctx, s.users, "create user", userRecord{
		ID: u.ID, FullName: u.FullName, FoldedName: folded, NameKeys: namekey.Of(folded), Email: u.Email,
		PasswordHash: u.PasswordHash, EmailVerified: u.EmailVerified, Bio: u.Bio, AvatarURL: u.AvatarURL,
		CreatedAt: instant(u.CreatedAt), LastSeenAt: instant(u.LastSeenAt), LastSeen: u.LastSeen, Invisible: u.Invisible,
	})
	if !mongo.IsDuplicateKeyError(err) {
		return err
	}
	// Not every server names the index that refused: it may also be the id.
	other, lookup := s.UserByEmail(ctx, u.Email)
	if lookup != nil || other.ID == u.ID {
		return err
	}
	return fault("create user", chat.ErrEmailTaken)
}

// User fails with chat.ErrNotFound.
func (s *Store) User(ctx context.Context, id chat.UserID) (chat.User, error) {
	return findOne[userRecord](ctx, s.users, "user", bson.D{{Key: "_id", Value: id}})
}

// UsersByID leaves out unknown ids; any order; at most 1,000 ids.
func (s *Store) UsersByID(ctx context.Context, ids []chat.UserID) ([]chat.User, error) {
	return findByID[userRecord](ctx, s.users, "users by id", ids, nil)
}

// UserByEmail takes the folded form and fails with chat.ErrNotFound.
func (s *Store) UserByEmail(ctx context.Context, email string) (chat.User, error) {
	return findOne[userRecord](ctx, s.users, "user by email", bson.D{{Key: "email", Value: email}})
}

// UpdateUser returns the user as it is afterwards; fails with chat.ErrNotFound.
func (s *Store) UpdateUser(ctx context.Context, id chat.UserID, p chat.UserPatch) (chat.User, error) {
	var set bson.D
	if p.FullName != nil {
		folded := chat.FoldName(*p.FullName)
		set = append(set, bson.E{Key: "fullName", Value: *p.FullName},
			bson.E{Key: "foldedName", Value: folded}, bson.E{Key: "nameKeys", Value: namekey.Of(folded)})
	}
	for field, value := range map[string]*string{"bio": p.Bio, "avatarUrl": p.AvatarURL, "passwordHash": p.PasswordHash} {
		if value != nil {
			set = append(set, bson.E{Key: field, Value: *value})
		}
	}
	if p.LastSeen != nil {
		set = append(set, bson.E{Key: "lastSeen", Value: *p.LastSeen})
	}
	if p.Invisible != nil {
		set = append(set, bson.E{Key: "invisible", Value: *p.Invisible})
	}
	if p.EmailVerified {
		set = append(set, bson.E{Key: "emailVerified", Value: true})
	}
	if len(set) == 0 {
		return s.User(ctx, id)
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	var r userRecord
	err := s.users.FindOneAndUpdate(ctx, bson.D{{Key: "_id", Value: id}}, bson.D{{Key: "$set", Value: set}},
		options.FindOneAndUpdate().SetReturnDocument(options.After)).Decode(&r)
	if err != nil {
		return chat.User{}, fault("update user", err)
	}
	return r.domain(), nil
}

// FindUsers is one page of the directory.
func (s *Store) FindUsers(ctx context.Context, q chat.UserQuery) ([]chat.User, error) {
	if strings.ContainsRune(q.Prefix, 0) {
		return nil, nil // A pattern can't hold it, and no name should.
	}
	key, exact := namekey.Lookup(q.Prefix)
	filter := bson.D{
		{Key: "nameKeys", Value: key},
		{Key: "_id", Value: is("$ne", q.Without)},
		// The first condition bounds the index, the second leaves out what of it the last page had.
		{Key: "foldedName", Value: is("$gte", q.AfterName)},
		{Key: "$or", Value: bson.A{
			bson.D{{Key: "foldedName", Value: is("$gt", q.AfterName)}},
			bson.D{{Key: "_id", Value: is("$gt", q.AfterID)}},
		}},
	}
	if !exact {
		// The key finds too many.
		pattern := bson.Regex{Pattern: "(^| )" + regexp.QuoteMeta(q.Prefix)}
		filter = append(filter, bson.E{Key: "$and", Value: bson.A{bson.D{{Key: "foldedName", Value: pattern}}}})
	}
	return find[userRecord](ctx, s.users, "find users", filter,
		options.Find().SetSort(ascending("foldedName", "_id")).SetLimit(int64(q.Limit)))
}

// SetLastSeen moves the users' LastSeenAt forward to at, never back; the invisible ones' stays.
func (s *Store) SetLastSeen(ctx context.Context, at chat.Time, ids ...chat.UserID) error {
	if len(ids) == 0 {
		return nil
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	_, err := s.users.UpdateMany(ctx,
		bson.D{{Key: "_id", Value: in(ids)}, {Key: "lastSeenAt", Value: is("$lt", instant(at))}, {Key: "invisible", Value: is("$ne", true)}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "lastSeenAt", Value: instant(at)}}}})
	return fault("set last seen", err)
}
