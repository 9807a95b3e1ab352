package audience_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/audience"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/sqlitestore"
)

func TestWhoSeesWhom(t *testing.T) {
	ctx := context.Background()
	store, err := sqlitestore.Open(ctx, filepath.Join(t.TempDir(), "parley.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close(ctx)) }()
	require.NoError(t, store.Migrate(ctx))
	user := func(shows chat.Audience) chat.User {
		id := chat.NewID[chat.UserID]()
		u := chat.User{ID: id, FullName: "X", Email: string(id), PresenceSettings: chat.PresenceSettings{LastSeen: shows}}
		require.NoError(t, store.CreateUser(ctx, u))
		u, err := store.User(ctx, id)
		require.NoError(t, err)
		require.Equal(t, shows, u.LastSeen)
		return u
	}
	all := []chat.Audience{chat.Everybody, chat.Contacts, chat.Nobody}
	for _, mine := range all {
		for _, theirs := range all {
			for _, contact := range []bool{false, true} {
				for _, block := range []string{"", "mine", "theirs"} {
					t.Run(fmt.Sprint(mine, " ", theirs, " contact ", contact, " block ", block), func(t *testing.T) {
						me, other, bystander := user(mine), user(theirs), user(chat.Everybody)
						if contact {
							befriend(t, store, me.ID, other.ID)
						}
						switch block {
						case "mine":
							require.NoError(t, store.CreateBlock(ctx, chat.Block{UserID: me.ID, BlockedID: other.ID}))
						case "theirs":
							require.NoError(t, store.CreateBlock(ctx, chat.Block{UserID: other.ID, BlockedID: me.ID}))
						}
						want := block == "" && mine != chat.Nobody && theirs != chat.Nobody && (contact || mine == chat.Everybody && theirs == chat.Everybody)
						sees, err := audience.Of(ctx, store, me.ID, []chat.User{other, bystander, me})
						require.NoError(t, err)
						require.Equal(t, map[chat.UserID]bool{other.ID: want, bystander.ID: mine == chat.Everybody, me.ID: true}, sees)
						back, err := audience.Of(ctx, store, other.ID, []chat.User{me})
						require.NoError(t, err)
						require.Equal(t, want, back[me.ID], "as oneself, so the other")
					})
				}
			}
		}
	}
}

func befriend(t *testing.T, store *sqlitestore.Store, a, b chat.UserID) {
	t.Helper()
	results, err := store.Commit(context.Background(), []chat.Entry{{
		ConversationID: chat.DirectID(a, b), Seq: 1, Kind: chat.ConversationCreated, SenderID: a, ClientID: chat.SystemClientID("created"), CreatedAt: 1,
		Created: &chat.Creation{Type: chat.Direct, Members: []chat.NewMember{{UserID: a, Role: chat.RoleMember}, {UserID: b, Role: chat.RoleMember}}},
	}})
	require.NoError(t, err)
	require.NoError(t, results[0])
}
