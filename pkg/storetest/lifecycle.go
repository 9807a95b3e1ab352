package storetest

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

func testMigrations(t *testing.T, h Harness) {
	const nodes = 4
	var all sync.WaitGroup
	stores := make([]Store, nodes)
	for i := range stores {
		stores[i] = h.Open(t)
	}
	for _, s := range stores {
		all.Go(func() {
			for range 2 {
				if err := s.Migrate(during(t)); err != nil {
					t.Errorf("migrate: %v", err)
				}
			}
		})
	}
	all.Wait()
	u := createUser(t, stores[0], "A")
	for _, s := range stores {
		require.NoError(t, s.Ping(during(t)))
		_, err := s.User(during(t), u.ID)
		require.NoError(t, err)
		require.NoError(t, s.Close(during(t)))
	}
}

// calls is every method with arguments that are good.
func calls(s Store) map[string]func(ctx context.Context) error {
	user, id := chat.NewID[chat.UserID](), chat.NewID[chat.ConversationID]()
	bio := "b"
	return map[string]func(ctx context.Context) error{
		"CreateUser":  func(ctx context.Context) error { return s.CreateUser(ctx, newUser("A")) },
		"User":        func(ctx context.Context) error { _, err := s.User(ctx, user); return err },
		"UsersByID":   func(ctx context.Context) error { _, err := s.UsersByID(ctx, userIDs(2)); return err },
		"UserByEmail": func(ctx context.Context) error { _, err := s.UserByEmail(ctx, "a@example.org"); return err },
		"UpdateUser": func(ctx context.Context) error {
			_, err := s.UpdateUser(ctx, user, chat.UserPatch{Bio: &bio})
			return err
		},
		"FindUsers":     func(ctx context.Context) error { _, err := s.FindUsers(ctx, chat.UserQuery{Limit: 1}); return err },
		"SetLastSeen":   func(ctx context.Context) error { return s.SetLastSeen(ctx, 1, user) },
		"CreateSession": func(ctx context.Context) error { return s.CreateSession(ctx, newSession(user)) },
		"SessionsByID": func(ctx context.Context) error {
			_, err := s.SessionsByID(ctx, []chat.SessionID{newSession(user).ID})
			return err
		},
		"Session":    func(ctx context.Context) error { _, err := s.Session(ctx, newSession(user).ID); return err },
		"SessionsOf": func(ctx context.Context) error { _, err := s.SessionsOf(ctx, user, 1); return err },
		"RotateSession": func(ctx context.Context) error {
			return s.RotateSession(ctx, chat.Rotation{ID: newSession(user).ID, OldHash: "a", NewHash: "b", At: 1, ExpiresAt: 2})
		},
		"RevokeSession":  func(ctx context.Context) error { return s.RevokeSession(ctx, newSession(user).ID, 1) },
		"EntriesSince":   func(ctx context.Context) error { _, err := s.EntriesSince(ctx, chat.EntryCursor{}, 1); return err },
		"RevokedSince":   func(ctx context.Context) error { _, err := s.RevokedSince(ctx, 1, 1); return err },
		"DeleteSessions": func(ctx context.Context) error { _, err := s.DeleteSessions(ctx, 1); return err },
		"Commit": func(ctx context.Context) error {
			_, err := s.Commit(ctx, []chat.Entry{creation(now(), user)})
			return err
		},
		"LastSeq":         func(ctx context.Context) error { _, err := s.LastSeq(ctx, id); return err },
		"EntryByClientID": func(ctx context.Context) error { _, err := s.EntryByClientID(ctx, id, user, "a"); return err },
		"Entries":         func(ctx context.Context) error { _, err := s.Entries(ctx, id, 0, 1); return err },
		"LastEntryAt":     func(ctx context.Context) error { _, err := s.LastEntryAt(ctx); return err },
		"Heal":            func(ctx context.Context) error { _, err := s.Heal(ctx, 1); return err },
		"Conversation":    func(ctx context.Context) error { _, err := s.Conversation(ctx, id); return err },
		"ConversationsByID": func(ctx context.Context) error {
			_, err := s.ConversationsByID(ctx, []chat.ConversationID{id})
			return err
		},
		"ConversationsOf": func(ctx context.Context) error {
			_, err := s.ConversationsOf(ctx, user, chat.ConversationCursor{}, 1)
			return err
		},
		"Member":    func(ctx context.Context) error { _, err := s.Member(ctx, id, user); return err },
		"MembersOf": func(ctx context.Context) error { _, err := s.MembersOf(ctx, []chat.ConversationID{id}, 1); return err },
		"FindMembers": func(ctx context.Context) error {
			_, err := s.FindMembers(ctx, chat.MemberQuery{ConversationID: id, Limit: 1})
			return err
		},
		"RoomSeats": func(ctx context.Context) error { _, err := s.RoomSeats(ctx, userIDs(1)); return err },
		"Revised": func(ctx context.Context) error {
			_, err := s.Revised(ctx, map[chat.ConversationID]int64{id: 0})
			return err
		},
		"Memberships": func(ctx context.Context) error { _, err := s.Memberships(ctx, user); return err },
		"Messages": func(ctx context.Context) error {
			_, err := s.Messages(ctx, chat.MessageQuery{ConversationID: id, Limit: 1})
			return err
		},
		"MessagesByID": func(ctx context.Context) error {
			_, err := s.MessagesByID(ctx, []chat.MessageID{chat.NewID[chat.MessageID]()})
			return err
		},
		"AdvanceRead": func(ctx context.Context) error {
			_, _, err := s.AdvanceRead(ctx, user, chat.ReadPosition{ConversationID: id, Seq: 2})
			return err
		},
		"Unread": func(ctx context.Context) error {
			_, err := s.Unread(ctx, user, []chat.ReadPosition{{ConversationID: id}})
			return err
		},
		"UnreadMentions": func(ctx context.Context) error {
			_, err := s.UnreadMentions(ctx, user, []chat.ReadPosition{{ConversationID: id}})
			return err
		},
		"Pins": func(ctx context.Context) error { _, err := s.Pins(ctx, id, 1); return err },
		"CreateUpload": func(ctx context.Context) error {
			return s.CreateUpload(ctx, chat.Upload{Attachment: chat.Attachment{ID: chat.NewID[chat.UploadID]()}, OwnerID: user})
		},
		"UploadsByID": func(ctx context.Context) error {
			_, err := s.UploadsByID(ctx, []chat.UploadID{chat.NewID[chat.UploadID]()})
			return err
		},
		"ClaimUploads":   func(ctx context.Context) error { return s.ClaimUploads(ctx, []chat.UploadID{"a"}, 1, 2) },
		"ReleasePicture": func(ctx context.Context) error { return s.ReleasePicture(ctx, "/a", 1) },
		"UploadShared":   func(ctx context.Context) error { _, err := s.UploadShared(ctx, "a", user); return err },
		"PictureShown":   func(ctx context.Context) error { _, err := s.PictureShown(ctx, "/a"); return err },
		"TakeUnused":     func(ctx context.Context) error { _, _, err := s.TakeUnused(ctx, 1, 2, 1); return err },
		"DeleteUpload":   func(ctx context.Context) error { return s.DeleteUpload(ctx, "a") },
		"Migrate":        s.Migrate,
		"Ping":           s.Ping,
	}
}

func testEndedContext(t *testing.T, h Harness) {
	s := h.open(t)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for name, call := range calls(s) {
		require.ErrorIs(t, call(ended), chat.ErrUnavailable, name)
	}
	require.NoError(t, s.Ping(during(t)), "it goes on after that")
}

func testClosed(t *testing.T, h Harness) {
	s := h.Open(t)
	require.NoError(t, s.Migrate(during(t)))
	require.NoError(t, s.Close(during(t)))
	for name, call := range calls(s) {
		require.ErrorIs(t, call(during(t)), chat.ErrUnavailable, name)
	}
}
