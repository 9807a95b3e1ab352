package e2e_test

import (
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

// TestFilesGoWithWhatShowsThem: a file is there for those who see a message that has it, and for nobody once the last one is deleted.
func TestFilesGoWithWhatShowsThem(t *testing.T) {
	c := shared(t)
	ann, bob, cy := signUp(t, c.Base(), "ann"), signUp(t, c.Base(), "bob"), signUp(t, c.Base(), "cy")
	ctx, withBob, withCy := t.Context(), direct(t, ann, bob), direct(t, bob, cy)
	upload, err := ann.Upload(ctx, "holiday.png", "image/png", picture(t, 60, 40))
	require.NoError(t, err)
	readers := func(want ...*client.Session) {
		t.Helper()
		for _, s := range []*client.Session{ann, bob, cy} {
			status := http.StatusNotFound
			for _, w := range want {
				if w == s {
					status = http.StatusOK
				}
			}
			for _, base := range []string{c.API(1), c.API(2)} {
				for _, url := range []string{upload.URL, upload.ThumbnailURL} {
					res, body := ask(t, http.MethodGet, base+url, "", bearer(s.AccessToken()))
					require.Equal(t, status, res.StatusCode, body)
				}
			}
		}
	}
	readers(ann)
	sent, _, err := ann.Send(ctx, withBob, client.NewMessage{ClientID: "photo", UploadIDs: []string{upload.ID}})
	require.NoError(t, err)
	readers(ann, bob)
	forward, _, err := bob.Send(ctx, withCy, client.NewMessage{
		ClientID: "forward", ForwardOf: &client.MessageRef{ConversationID: withBob, MessageID: sent.ID},
	})
	require.NoError(t, err)
	readers(ann, bob, cy)
	require.NoError(t, ann.Delete(ctx, withBob, sent.ID))
	readers(bob, cy)
	require.NoError(t, bob.Delete(ctx, withCy, forward.ID))
	readers()
}

// TestUnusedUploadsAreRemoved by one of two nodes that sweep; what is used stays.
func TestUnusedUploadsAreRemoved(t *testing.T) {
	t.Parallel()                  // it mostly waits
	const kept = 15 * time.Second // to send a message within
	c := own(t, "PARLEY_UPLOAD_KEPT="+kept.String())
	ann, bob := signUp(t, c.Base(), "ann"), signUp(t, c.Base(), "bob")
	conversation := direct(t, ann, bob)
	var uploads []client.Upload
	for _, name := range []string{"used.txt", "unused.txt"} {
		upload, err := ann.Upload(t.Context(), name, "text/plain", []byte(name))
		require.NoError(t, err)
		uploads = append(uploads, upload)
	}
	used, unused := uploads[0], uploads[1]
	_, _, err := ann.Send(t.Context(), conversation, client.NewMessage{ClientID: "used", UploadIDs: []string{used.ID}})
	require.NoError(t, err)
	onDisk := func(id string) (found bool) {
		err := fs.WalkDir(os.DirFS(c.Media()), ".", func(path string, _ fs.DirEntry, err error) error {
			found = found || strings.Contains(path, id)
			return err
		})
		return err == nil && found
	}
	require.True(t, onDisk(used.ID))
	require.Eventually(t, func() bool { return !onDisk(unused.ID) }, 2*time.Minute, 200*time.Millisecond)
	for upload, status := range map[client.Upload]int{used: http.StatusOK, unused: http.StatusNotFound} {
		for _, base := range []string{c.API(1), c.API(2)} {
			res, _ := ask(t, http.MethodGet, base+upload.URL, "", bearer(ann.AccessToken()))
			require.Equal(t, status, res.StatusCode, upload.Name)
		}
	}
	_, _, err = ann.Send(t.Context(), conversation, client.NewMessage{ClientID: "late", UploadIDs: []string{unused.ID}})
	require.Equal(t, "validation_failed", refusal(t, err).Code)
	require.True(t, onDisk(used.ID))
}
