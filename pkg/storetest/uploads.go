package storetest

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/chat"
)

// later is long after whatever a test does: what was let go of is due by then.
const later = chat.Time(24 * 60 * 60 * 1000)

func newUpload(due chat.Time) chat.Upload {
	id := chat.NewID[chat.UploadID]()
	return chat.Upload{
		Attachment: chat.Attachment{ID: id, URL: "/u/" + string(id), ThumbnailURL: "/t/" + string(id), Mime: "image/png"},
		OwnerID:    chat.NewID[chat.UserID](), CreatedAt: now(), DueAt: due,
	}
}

func uploaded(t *testing.T, s Store, due chat.Time, n int) []chat.Upload {
	t.Helper()
	uploads := make([]chat.Upload, n)
	for i := range uploads {
		uploads[i] = newUpload(due)
		require.NoError(t, s.CreateUpload(during(t), uploads[i]))
	}
	return uploads
}

// take expects that as many uploads were looked at, and gives the ids of those that nothing refers to, sorted.
func take(t *testing.T, s Store, at chat.Time, seen int) []chat.UploadID {
	t.Helper()
	unused, looked, err := s.TakeUnused(during(t), at, at+1000, 100)
	require.NoError(t, err)
	require.Equal(t, seen, looked)
	return idsOf(unused...)
}

func idsOf(uploads ...chat.Upload) []chat.UploadID {
	ids := []chat.UploadID{}
	for _, u := range uploads {
		ids = append(ids, u.ID)
	}
	slices.Sort(ids)
	return ids
}

// showing is e with uploads.
func showing(e chat.Entry, uploads ...chat.Upload) chat.Entry {
	m := *e.Message
	m.Attachments = nil
	for _, u := range uploads {
		m.Attachments = append(m.Attachments, u.Attachment)
	}
	e.Message = &m
	return e
}

func testUploads(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	var want []chat.Upload
	for i := range 3 {
		u := chat.Upload{OwnerID: chat.NewID[chat.UserID](), CreatedAt: now(), ClaimedAt: chat.Time(i), DueAt: chat.Time(2 * i)}
		u.Attachment = chat.Attachment{
			ID: chat.NewID[chat.UploadID](), Name: "ä.png", URL: "/u/ä", ThumbnailURL: "/t", Mime: "image/png", Bytes: int64(i) << 33, Width: i, Height: 2 * i,
		}
		require.NoError(t, s.CreateUpload(ctx, u))
		want = append(want, u)
	}
	got, err := s.UploadsByID(ctx, []chat.UploadID{want[2].ID, chat.NewID[chat.UploadID](), want[0].ID})
	require.NoError(t, err)
	require.ElementsMatch(t, []chat.Upload{want[0], want[2]}, got)
	got, err = s.UploadsByID(ctx, nil)
	require.NoError(t, err)
	require.Empty(t, got)
}

func testTakeUnused(t *testing.T, h Harness) {
	a, b, ctx := h.open(t), h.open(t), during(t)
	due := now()
	uploads := uploaded(t, a, due, 3)
	file := newUpload(due)
	file.ThumbnailURL = "" // no image; nor has anybody's picture an address
	require.NoError(t, a.CreateUpload(ctx, file))
	require.NoError(t, a.CreateUser(ctx, newUser("Ann")))
	require.Empty(t, take(t, a, due-1, 0), "not due yet")

	first, seen, err := a.TakeUnused(ctx, due, due+1000, 2)
	require.NoError(t, err)
	require.Equal(t, 2, seen)
	require.Len(t, first, 2)
	rest := take(t, b, due, 2)
	require.Equal(t, idsOf(append(uploads, file)...), slices.Sorted(slices.Values(append(rest, idsOf(first...)...))))
	found, err := b.UploadsByID(ctx, idsOf(uploads...))
	require.NoError(t, err)
	require.Empty(t, found, "what is being removed is not there any more")
	require.ErrorIs(t, b.ClaimUploads(ctx, idsOf(first[0]), due, due+later), chat.ErrNotFound)
	require.NoError(t, b.ReleasePicture(ctx, first[0].ThumbnailURL, due+later))

	require.Empty(t, take(t, b, due+999, 0), "who has got them may still be at it")
	require.NoError(t, a.DeleteUpload(ctx, first[0].ID))
	require.NoError(t, b.DeleteUpload(ctx, first[0].ID), "again")
	require.Len(t, take(t, b, due+1000, 3), 3, "who had the others has died")

	kept := uploaded(t, a, due+later, 1)
	require.NoError(t, a.DeleteUpload(ctx, kept[0].ID))
	found, err = a.UploadsByID(ctx, idsOf(kept...))
	require.NoError(t, err)
	require.Equal(t, kept, found, "only what is being removed is forgotten")
}

func testClaimUploads(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	due := now()
	uploads := uploaded(t, s, due, 2)
	require.NoError(t, s.ClaimUploads(ctx, nil, due, due+5))
	require.NoError(t, s.ClaimUploads(ctx, idsOf(uploads...), due+1, due+5))
	found, err := s.UploadsByID(ctx, idsOf(uploads[0]))
	require.NoError(t, err)
	require.Equal(t, due+1, found[0].ClaimedAt)
	require.Equal(t, due+5, found[0].DueAt)
	require.Empty(t, take(t, s, due+4, 0))
	require.Len(t, take(t, s, due+5, 2), 2, "claimed, and then nothing came of it")
	require.ErrorIs(t, s.ClaimUploads(ctx, []chat.UploadID{chat.NewID[chat.UploadID]()}, due, due), chat.ErrNotFound)
}

func testUsedUploads(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	at := now()
	sent, forwarded, face, emblem, early := newUpload(at), newUpload(at), newUpload(at), newUpload(at), newUpload(at)
	all := []chat.Upload{sent, forwarded, face, emblem, early}
	for _, u := range all {
		require.NoError(t, s.CreateUpload(ctx, u))
	}
	ann := newUser("Ann")
	ann.AvatarURL = face.ThumbnailURL
	require.NoError(t, s.CreateUser(ctx, ann))
	g, other := newGroup(ann.ID), creation(at, ann.ID)
	other.Created.AvatarURL = early.ThumbnailURL
	one := showing(message(other, 2, ann.ID), sent, forwarded)
	two := showing(message(other, 3, ann.ID), forwarded)
	look := g.next(chat.ConversationUpdated, func(e *chat.Entry) { e.Changed = &chat.ConversationPatch{AvatarURL: &emblem.ThumbnailURL} })
	commit(t, s, g.first, look, other, one, two)
	require.Empty(t, take(t, s, at, len(all)), "something refers to each")
	require.Empty(t, take(t, s, at+later, 0), "and until that is gone, none is looked at again")

	commit(t, s, edited(one, 4, ann.ID, "other words"), reacted(one, 5, chat.ReactionAdded, ann.ID, "👍"))
	require.Empty(t, take(t, s, at+later, 0), "an edit takes no file")
	commit(t, s, change(one, 6, chat.MessageDeleted, ann.ID))
	require.Empty(t, take(t, s, at, 0), "not at once")
	require.Equal(t, idsOf(sent), take(t, s, at+later, 2), "another message has the other one")
	commit(t, s, change(two, 7, chat.MessageDeleted, ann.ID))
	require.NoError(t, s.DeleteUpload(ctx, sent.ID))
	require.Equal(t, idsOf(forwarded), take(t, s, at+later, 1))
	require.NoError(t, s.DeleteUpload(ctx, forwarded.ID))

	for _, u := range []chat.Upload{face, emblem, early} {
		require.NoError(t, s.ReleasePicture(ctx, u.ThumbnailURL, at+1))
	}
	require.NoError(t, s.ReleasePicture(ctx, "", at+1))
	none := ""
	_, err := s.UpdateUser(ctx, ann.ID, chat.UserPatch{AvatarURL: &none})
	require.NoError(t, err)
	commit(t, s, g.end())
	require.Equal(t, idsOf(face, emblem), take(t, s, at+later, 3), "a group that has ended shows nothing")
}

func testSharedUploads(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	at := now()
	uploads := uploaded(t, s, at, 2)
	file, picture := uploads[0], uploads[1]
	users := userIDs(4)
	require.NoError(t, s.CreateUser(ctx, newUser("Nobody"))) // without a picture
	g, other := newGroup(users[0], users[1]), creation(at, users[0], users[2])
	sent := showing(message(g.first, 2, users[0]), file)
	forward := showing(message(other, 2, users[0]), picture, file)
	g.LastSeq++ // the message
	shared := func(want ...bool) {
		t.Helper()
		for i, user := range users {
			got, err := s.UploadShared(ctx, file.ID, user)
			require.NoError(t, err)
			require.Equal(t, want[i], got, i)
		}
	}
	shared(false, false, false, false)
	commit(t, s, g.first, sent, other)
	shared(true, true, false, false)
	commit(t, s, forward)
	shared(true, true, true, false)
	commit(t, s, g.add(users[3]), g.remove(users[1]))
	shared(true, false, true, true)
	commit(t, s, change(forward, 3, chat.MessageDeleted, users[0]))
	shared(true, false, false, true)
	commit(t, s, g.end())
	shared(false, false, false, false)

	shown := func(want bool, url string) {
		t.Helper()
		got, err := s.PictureShown(ctx, url)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	shown(false, picture.ThumbnailURL)
	shown(false, "")
	ann := newUser("Ann")
	ann.AvatarURL = picture.ThumbnailURL
	require.NoError(t, s.CreateUser(ctx, ann))
	shown(true, picture.ThumbnailURL)
	crowd := newGroup(users[0])
	crowd.first.Created.AvatarURL = file.ThumbnailURL
	commit(t, s, crowd.first)
	shown(true, file.ThumbnailURL)
	commit(t, s, crowd.end())
	shown(false, file.ThumbnailURL)
}

// What was let go of before a crash may have been looked at before the deletion was folded in.
func testHealReleases(t *testing.T, h Harness) {
	s, ctx := h.open(t), during(t)
	since := now()
	file := uploaded(t, s, since, 1)[0]
	user := chat.NewID[chat.UserID]()
	first := creation(since, user)
	sent := showing(message(first, 2, user), file)
	commit(t, s, first, sent, change(sent, 3, chat.MessageDeleted, user))
	h.Forget(t, *sent.Message)
	require.NoError(t, s.ClaimUploads(ctx, idsOf(file), since, since+1000*later))
	require.Equal(t, 1, healTogether(t, since, s))
	require.Equal(t, idsOf(file), take(t, s, since+later, 1))
}

func testClaimRacesTake(t *testing.T, h Harness) {
	const count = 20
	nodes := []Store{h.open(t), h.open(t)}
	due := now()
	uploads := uploaded(t, nodes[0], due, count)
	var wg sync.WaitGroup
	claimed := make([]bool, count)
	for i, u := range uploads {
		wg.Go(func() {
			err := nodes[i%2].ClaimUploads(during(t), idsOf(u), due, due+later)
			claimed[i] = err == nil
			if err != nil && !errors.Is(err, chat.ErrNotFound) {
				t.Errorf("claim: %v", err)
			}
		})
	}
	unused, _, err := nodes[1].TakeUnused(during(t), due, due+1, count)
	wg.Wait()
	require.NoError(t, err)
	more, _, err := nodes[1].TakeUnused(during(t), due, due+1, count)
	require.NoError(t, err)
	taken := idsOf(append(unused, more...)...)
	for i, u := range uploads {
		require.NotEqual(t, claimed[i], slices.Contains(taken, u.ID), "either, and not both")
	}
}

func testTakeRace(t *testing.T, h Harness) {
	const count = 20
	nodes := []Store{h.open(t), h.open(t), h.open(t)}
	due := now()
	uploads := uploaded(t, nodes[0], due, count)
	var mu sync.Mutex
	var wg sync.WaitGroup
	var all []chat.Upload
	for _, s := range nodes {
		wg.Go(func() {
			unused, _, err := s.TakeUnused(during(t), due, due+1, count)
			if err != nil {
				t.Errorf("take: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, unused...)
		})
	}
	wg.Wait()
	require.Equal(t, idsOf(uploads...), idsOf(all...), "each once")
}
