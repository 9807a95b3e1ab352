package service_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/imaging"
	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/chatlog"
)

// gallery is a world with real uploads.
type gallery struct {
	*world
	shelf    *shelf
	uploads  *service.Uploads
	users    *service.Users
	registry *prometheus.Registry
}

func newGallery(t *testing.T) *gallery {
	t.Helper()
	g := &gallery{
		world: newWorld(t), registry: prometheus.NewRegistry(),
		shelf: &shelf{images: map[chat.UploadID]imaging.Image{}, files: map[chat.UploadID]string{}},
	}
	quiet := slog.New(slog.DiscardHandler)
	log := chatlog.New(g.store, chatlog.Options{})
	t.Cleanup(func() { require.NoError(t, log.Close(context.Background())) })
	g.uploads = service.NewUploads(service.UploadsOptions{
		Store: g.store, Media: g.shelf, Images: imaging.New(imaging.DefaultLimits()), Logger: quiet, Now: g.now, Registry: g.registry,
	})
	announcer := service.NewAnnouncer(g.store, g.published, quiet)
	g.messages = service.NewMessages(service.MessagesOptions{
		Store: g.store, Log: log, Attachments: g.uploads, Limiter: g.quota, Announcer: announcer, Now: g.now,
	})
	g.groups = service.NewGroups(service.GroupsOptions{
		Store: g.store, Log: log, Conversations: g.conversations, Avatars: g.uploads, Announcer: announcer, Now: g.now,
		RoomThreshold: threshold,
	})
	g.users = service.NewUsers(g.store, g.uploads, g.published, quiet, g.now)
	return g
}

func (g *gallery) upload(t *testing.T, v service.Viewer) chat.UploadID {
	t.Helper()
	u, err := g.uploads.Create(t.Context(), v, service.NewUpload{Name: "a.txt", Content: strings.NewReader("hello")})
	require.NoError(t, err)
	return u.ID
}

func (g *gallery) image(t *testing.T, v service.Viewer) chat.UploadID {
	t.Helper()
	u, err := g.uploads.Create(t.Context(), v, of(picture(t, 5, 5)))
	require.NoError(t, err)
	return u.ID
}

func (g *gallery) send(t *testing.T, v service.Viewer, id chat.ConversationID, in service.NewMessage) chat.Message {
	t.Helper()
	if in.ClientID == "" {
		in.ClientID = chat.NewID[string]()
	}
	sent, _, err := g.messages.Send(t.Context(), v, id, in)
	require.NoError(t, err)
	return sent.Message
}

func (g *gallery) direct(t *testing.T, a, b service.Viewer) chat.ConversationID {
	t.Helper()
	c, _, err := g.conversations.CreateDirect(t.Context(), a, b.UserID)
	require.NoError(t, err)
	return c.ID
}

// sweep is one after some time.
func (g *gallery) sweep(t *testing.T, after time.Duration) int {
	t.Helper()
	g.ahead.Add(int64(after))
	removed, err := g.uploads.Sweep(t.Context())
	require.NoError(t, err)
	return removed
}

// readers expects those alone of ada, bob and eve to have the upload.
func (g *gallery) readers(t *testing.T, id chat.UploadID, thumbnail bool, who ...service.Viewer) {
	t.Helper()
	for _, v := range []service.Viewer{g.ada, g.bob, g.eve} {
		_, err := g.uploads.Readable(t.Context(), v, id, thumbnail)
		may := false
		for _, w := range who {
			may = may || w == v
		}
		if may {
			require.NoError(t, err)
		} else {
			requireCode(t, service.CodeNotFound, err)
		}
	}
}

func TestAnUploadIsForThoseWhoSeeWhatShowsIt(t *testing.T) {
	g := newGallery(t)
	withBob, withEve := g.direct(t, g.ada, g.bob), g.direct(t, g.bob, g.eve)
	id := g.upload(t, g.ada)
	g.readers(t, id, false, g.ada)
	sent := g.send(t, g.ada, withBob, service.NewMessage{UploadIDs: []chat.UploadID{id}})
	g.readers(t, id, false, g.ada, g.bob)
	forward := g.send(t, g.bob, withEve, service.NewMessage{ForwardOf: &service.MessageRef{ConversationID: withBob, MessageID: sent.ID}})
	g.readers(t, id, false, g.ada, g.bob, g.eve)

	_, err := g.messages.Delete(t.Context(), g.ada, withBob, sent.ID)
	require.NoError(t, err)
	g.readers(t, id, false, g.bob, g.eve)
	require.Zero(t, g.sweep(t, 48*time.Hour), "the copy has it still")
	g.readers(t, id, false, g.bob, g.eve)
	_, err = g.messages.Delete(t.Context(), g.bob, withEve, forward.ID)
	require.NoError(t, err)
	g.readers(t, id, false)
	require.Contains(t, g.shelf.files, id)
	require.Equal(t, 1, g.sweep(t, time.Hour))
	require.NotContains(t, g.shelf.files, id)
	require.Zero(t, g.sweep(t, 48*time.Hour))
	g.readers(t, chat.NewID[chat.UploadID](), false)
}

func TestAPictureIsForEverybodyWhileItIsShown(t *testing.T) {
	g := newGallery(t)
	face, next, emblem := g.image(t, g.ada), g.image(t, g.ada), g.image(t, g.ada)
	wear := func(id chat.UploadID) {
		t.Helper()
		_, err := g.users.UpdateMe(t.Context(), g.ada, service.ProfileChange{AvatarUploadID: &id})
		require.NoError(t, err)
	}
	wear(face)
	wear(face)
	c, _, err := g.groups.Create(t.Context(), g.ada, service.NewGroup{Title: "g", AvatarUploadID: emblem})
	require.NoError(t, err)
	for _, id := range []chat.UploadID{face, emblem} {
		g.readers(t, id, true, g.ada, g.bob, g.eve)
		g.readers(t, id, false) // only its thumbnail is anybody's picture
	}
	require.Zero(t, g.sweep(t, 20*time.Hour))
	wear(next)
	g.readers(t, face, true)
	_, err = g.groups.Update(t.Context(), g.ada, c.ID, service.GroupChange{AvatarUploadID: &next})
	require.NoError(t, err)
	require.Equal(t, 2, g.sweep(t, time.Hour))
	wear("")
	require.Zero(t, g.sweep(t, 48*time.Hour), "the group has it")
	require.NoError(t, g.groups.Delete(t.Context(), g.ada, c.ID))
	require.Equal(t, 1, g.sweep(t, time.Hour))
	require.Empty(t, g.shelf.images)
}

func TestUnusedUploadsAreRemoved(t *testing.T) {
	g := newGallery(t)
	with := g.direct(t, g.ada, g.bob)
	unused, used, late := g.upload(t, g.ada), g.upload(t, g.ada), g.image(t, g.ada)
	first := service.NewMessage{ClientID: "first", UploadIDs: []chat.UploadID{used}}
	sent := g.send(t, g.ada, with, first)
	require.Zero(t, g.sweep(t, service.DefaultUploadKept-time.Hour))
	g.send(t, g.ada, with, service.NewMessage{UploadIDs: []chat.UploadID{late}})
	require.Equal(t, 1, g.sweep(t, 2*time.Hour))
	require.NotContains(t, g.shelf.files, unused)
	g.readers(t, used, false, g.ada, g.bob)
	g.readers(t, late, false, g.ada, g.bob)

	_, _, err := g.messages.Send(t.Context(), g.ada, with, service.NewMessage{ClientID: "x", UploadIDs: []chat.UploadID{unused}})
	requireField(t, err, "uploadIds")
	_, err = g.messages.Delete(t.Context(), g.ada, with, sent.ID)
	require.NoError(t, err)
	require.Equal(t, 1, g.sweep(t, time.Hour))
	again, _, err := g.messages.Send(t.Context(), g.ada, with, first)
	require.NoError(t, err, "a repeat needs no file")
	require.False(t, again.Created)
}

// The node that sweeps dies between the two stores, or the store of files fails: it is tried again until nothing is left.
func TestASweepThatFailsIsMadeUpFor(t *testing.T) {
	g := newGallery(t)
	id, other := g.upload(t, g.ada), g.upload(t, g.ada)
	g.ahead.Add(int64(25 * time.Hour))
	now := chat.TimeOf(g.now())
	taken, _, err := g.store.TakeUnused(t.Context(), now, now+1000, 1) // and dies
	require.NoError(t, err)
	require.Len(t, taken, 1)
	g.shelf.deleteErr = errors.New("no answer")
	for range 2 {
		removed, err := g.uploads.Sweep(t.Context())
		require.Zero(t, removed)
		if err != nil {
			require.ErrorContains(t, err, "no answer")
		}
	}
	require.Len(t, g.shelf.files, 2)
	g.readers(t, id, false)
	g.shelf.deleteErr = nil
	require.Equal(t, 2, g.sweep(t, time.Hour))
	require.Empty(t, g.shelf.files)
	g.readers(t, other, false)
	require.NoError(t, testutil.GatherAndCompare(g.registry, strings.NewReader(`
		# HELP parley_uploads_removed_total Uploads that nothing referred to, by result: removed, failed.
		# TYPE parley_uploads_removed_total counter
		parley_uploads_removed_total{result="failed"} 1
		parley_uploads_removed_total{result="removed"} 2
	`), "parley_uploads_removed_total"))
}

// Attaching meets a sweep: the message has its file, or is refused.
func TestAttachingMeetsASweep(t *testing.T) {
	g := newGallery(t)
	with := g.direct(t, g.ada, g.bob)
	ids := make([]chat.UploadID, 10)
	for i := range ids {
		ids[i] = g.upload(t, g.ada)
	}
	g.ahead.Add(int64(25 * time.Hour))
	var wg sync.WaitGroup
	errs := make([]error, len(ids))
	for i, id := range ids {
		wg.Go(func() {
			_, _, errs[i] = g.messages.Send(t.Context(), g.ada, with, service.NewMessage{ClientID: string(id), UploadIDs: []chat.UploadID{id}})
		})
	}
	g.sweep(t, 0)
	wg.Wait()
	g.sweep(t, time.Hour)
	for i, id := range ids {
		if errs[i] != nil {
			requireField(t, errs[i], "uploadIds")
			require.NotContains(t, g.shelf.files, id)
			continue
		}
		g.readers(t, id, false, g.ada, g.bob)
		require.Contains(t, g.shelf.files, id)
	}
}
