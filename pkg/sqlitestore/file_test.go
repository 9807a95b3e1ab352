package sqlitestore_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/sqlitestore"
)

// open opens and migrates, and closes at the end.
func open(t testing.TB, path string) *sqlitestore.Store {
	t.Helper()
	s, err := sqlitestore.Open(context.Background(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	require.NoError(t, s.Migrate(context.Background()))
	return s
}

func TestOpenTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "parley.db")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s, err := sqlitestore.Open(context.Background(), path)
			if err != nil {
				t.Errorf("open: %v", err)
				return
			}
			if err := s.Migrate(context.Background()); err != nil {
				t.Errorf("migrate: %v", err)
			}
			if err := s.Close(context.Background()); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
	all.Wait()
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "the file holds password hashes")
	var mode string
	require.NoError(t, raw(t, path).QueryRow("PRAGMA journal_mode").Scan(&mode))
	require.Equal(t, "wal", mode)
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	_, err := sqlitestore.Open(context.Background(), dir)
	require.Error(t, err, "a folder")

	noise := filepath.Join(dir, "noise.db")
	require.NoError(t, os.WriteFile(noise, []byte("this is a text and no database, however long it may go on and on and on and on"), 0o600))
	s, err := sqlitestore.Open(context.Background(), noise)
	if err == nil {
		err = s.Migrate(context.Background())
		require.NoError(t, s.Close(context.Background()))
	}
	require.Error(t, err, "no database")
}

func TestMigrateRefusesNewerFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parley.db")
	s := open(t, path)
	_, err := raw(t, path).Exec("INSERT INTO schema_versions (version, name, applied_at) VALUES (9999, 'later', 0)")
	require.NoError(t, err)
	require.ErrorContains(t, s.Migrate(context.Background()), "schema version 9999")
}

// TestLockedFile: a call waits no longer than its context for another process's write, and reads
// don't wait at all.
func TestLockedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parley.db")
	s := open(t, path)
	other, err := raw(t, path).Conn(context.Background())
	require.NoError(t, err)
	_, err = other.ExecContext(context.Background(), "BEGIN IMMEDIATE")
	require.NoError(t, err)

	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, s.Ping(ctx), chat.ErrUnavailable)
	require.ErrorIs(t, s.SetLastSeen(ctx, 1, "u"), chat.ErrUnavailable)
	_, err = s.LastSeq(context.Background(), "c")
	require.NoError(t, err)

	_, err = other.ExecContext(context.Background(), "ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, s.Ping(context.Background()))
	require.NoError(t, other.Close())
}

const writerPath = "PARLEY_TEST_WRITER_PATH"

// TestMain makes the test binary the process that TestKilledWriter kills.
func TestMain(m *testing.M) {
	if path := os.Getenv(writerPath); path != "" {
		writeForever(path)
	}
	os.Exit(m.Run())
}

// writeForever commits batches of three and prints the last seq of each.
func writeForever(path string) {
	ctx := context.Background()
	s, err := sqlitestore.Open(ctx, path)
	if err != nil {
		panic(err)
	}
	first := chat.Entry{ConversationID: killed, Seq: 1}
	for seq := int64(2); ; seq += 3 {
		results, err := s.Commit(ctx, []chat.Entry{text(first, seq), text(first, seq+1), text(first, seq+2)})
		if err != nil || results[0] != nil {
			panic(fmt.Sprint(results, err))
		}
		fmt.Println(seq + 2)
	}
}

const killed chat.ConversationID = "KILLED"

// TestKilledWriter: whatever a process was told is committed is there after it was killed, with all
// that is derived from it.
func TestKilledWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parley.db")
	s := open(t, path)
	ctx := context.Background()
	results, err := s.Commit(ctx, []chat.Entry{begin(killed)})
	require.NoError(t, err)
	require.NoError(t, results[0])

	writer := exec.Command(os.Args[0])
	writer.Env = append(os.Environ(), writerPath+"="+path)
	out, err := writer.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, writer.Start())
	told, lines := int64(0), bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		_, err := fmt.Sscan(lines.Text(), &told)
		require.NoError(t, err)
		if n == 20 {
			require.NoError(t, writer.Process.Kill())
		}
	}
	require.Error(t, writer.Wait(), "it was killed")
	require.Greater(t, told, int64(60))

	last, err := s.LastSeq(ctx, killed)
	require.NoError(t, err)
	require.GreaterOrEqual(t, last, told)
	require.EqualValues(t, 1, last%3, "batches are whole")
	entries, err := s.Entries(ctx, killed, 0, int(last)+1)
	require.NoError(t, err)
	require.Len(t, entries, int(last))
	c, err := s.Conversation(ctx, killed)
	require.NoError(t, err)
	require.Equal(t, entries[last-1].Head(), c.Head)
}

// begin is a conversation of one.
func begin(id chat.ConversationID) chat.Entry {
	return chat.Entry{
		ConversationID: id, Seq: 1, Kind: chat.ConversationCreated, SenderID: "U", ClientID: chat.SystemClientID("created"), CreatedAt: 1,
		Created: &chat.Creation{Type: chat.Group, Members: []chat.NewMember{{UserID: "U", Role: chat.RoleOwner}}},
	}
}

// text is a message of its only member.
func text(first chat.Entry, seq int64) chat.Entry {
	id := chat.NewID[chat.MessageID]()
	return chat.Entry{
		ConversationID: first.ConversationID, Seq: seq, Kind: chat.MessageCreated, SenderID: "U", ClientID: string(id), CreatedAt: chat.Time(seq),
		Message: &chat.Message{ID: id, Text: "The quick brown fox jumps over the lazy dog."},
	}
}
