package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/cluster"
	"github.com/parley-chat/parley/e2e/ferret"
	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/freeport"
)

// TestChatOverMongo runs the cluster on a database that speaks MongoDB's wire protocol: chat, and mixed operations in a group that has gone over to
// its room channel.
func TestChatOverMongo(t *testing.T) {
	c := own(t, append(slices.Clone(unlimited), "PARLEY_DATABASE_URL="+ferret.Start(t)+"parley")...)
	m := newMixed(t, c, bystanders(t, c)...)
	grace := time.After(time.Duration(chat.RoomGrace) * time.Millisecond)
	chatBothWays(t, []string{c.Gateway(1), c.Gateway(3)}, []string{c.API(1), c.API(2)})

	<-grace
	m.turns = &sync.Mutex{} // ferret.LosesUpdates, and is slow: there are few steps
	m.run(seed(t)+4, 60, 0, func() {})
	t.Logf("%+v of %v", m.channels(m.settle()), m.done)
}

// standalone is the all-in-one, on a directory of its own.
type standalone struct {
	t    *testing.T
	dir  string
	base string
	env  []string
	cmd  *exec.Cmd
}

func newStandalone(t *testing.T) *standalone {
	t.Helper()
	port, err := freeport.Find()
	require.NoError(t, err)
	ops, err := freeport.Find()
	require.NoError(t, err)
	s := &standalone{t: t, dir: t.TempDir(), base: fmt.Sprint("http://127.0.0.1:", port)}
	s.env = append(cluster.CleanEnv(), fmt.Sprint("PARLEY_ADDR=127.0.0.1:", port), fmt.Sprint("PARLEY_OPS_ADDR=127.0.0.1:", ops))
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			t.Logf("%s", log)
		}
	})
	return s
}

func (s *standalone) start() {
	s.t.Helper()
	binary, err := cluster.Binary("parley")
	require.NoError(s.t, err)
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	require.NoError(s.t, err)
	defer log.Close()
	s.cmd = exec.CommandContext(context.Background(), binary)
	s.cmd.Dir, s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = s.dir, s.env, log, log
	require.NoError(s.t, s.cmd.Start())
	eventually(s.t, 30*time.Second, func() bool {
		res, err := http.Get(s.base + "/")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	}, "the all-in-one answers")
}

func (s *standalone) kill() {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

// TestStandalone needs nothing but its binary and an empty directory.
func TestStandalone(t *testing.T) {
	s := newStandalone(t)
	s.start()
	chatBothWays(t, []string{s.base}, []string{s.base})

	t.Run("keeps all over a crash", func(t *testing.T) {
		ann, bob := signUp(t, s.base, "ann"), signUp(t, s.base, "bob")
		conversation := direct(t, ann, bob)
		ear := listen(t, bob, s.base)
		before := say(t, ann, conversation, "before")
		ear.delivery(before.ID)
		s.kill()
		s.start()
		after := say(t, ann, conversation, "after")
		ear.delivery(after.ID)
		require.Equal(t, []string{"before", "after"}, ear.texts(conversation))
		again, created, err := ann.Send(t.Context(), conversation, client.NewMessage{ClientID: before.ClientID, Text: "before"})
		require.NoError(t, err)
		require.False(t, created)
		require.Equal(t, before, again)
	})
}
