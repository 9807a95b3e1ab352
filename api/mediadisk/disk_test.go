package mediadisk_test

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/imaging"
	"github.com/parley-chat/parley/api/mediadisk"
	"github.com/parley-chat/parley/api/mediatest"
	"github.com/parley-chat/parley/pkg/chat"
)

func open(t *testing.T, dir string) *mediadisk.Disk {
	t.Helper()
	d, err := mediadisk.New(dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

// fetch reads an address as the API's route does.
func fetch(d *mediadisk.Disk) mediatest.Fetch {
	return func(t *testing.T, url string) (string, []byte, bool) {
		t.Helper()
		rest, ok := strings.CutPrefix(url, mediadisk.URLPath)
		require.True(t, ok, url)
		id, name, _ := strings.Cut(rest, "/")
		f, mime, err := d.Open(chat.UploadID(id), name)
		if err != nil {
			require.ErrorIs(t, err, chat.ErrNotFound)
			return "", nil, false
		}
		body, err := io.ReadAll(f)
		require.NoError(t, err)
		require.NoError(t, f.Close())
		return mime, body, true
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	mediatest.Run(t, func(t *testing.T) (mediatest.Media, mediatest.Fetch) {
		t.Helper()
		d := open(t, t.TempDir())
		return d, fetch(d)
	})
}

func TestProcessesShareADirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one, two := open(t, dir), open(t, dir)
	id := chat.NewID[chat.UploadID]()
	url, _, err := one.Put(t.Context(), id, mediatest.JPEG(t))
	require.NoError(t, err)
	_, _, ok := fetch(two)(t, url)
	require.True(t, ok)
	require.NoError(t, two.Delete(t.Context(), id, ""))
	_, _, ok = fetch(one)(t, url)
	require.False(t, ok)
}

func TestOnlyItsOwnFilesAreOpened(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(parent, "secret.jpg"), []byte("secret"), 0o600))
	d := open(t, filepath.Join(parent, "media"))
	id := chat.NewID[chat.UploadID]()
	_, _, err := d.Put(t.Context(), id, mediatest.JPEG(t))
	require.NoError(t, err)
	for _, tt := range []struct{ id, name string }{
		{string(id), ""},
		{string(id), "original.jpg"},
		{string(id), "../" + string(id)},
		{"../secret", "original"},
		{"..", "secret.jpg"},
		{"", "original"},
		{string(chat.NewID[chat.UploadID]()), "original"},
	} {
		_, _, err := d.Open(chat.UploadID(tt.id), tt.name)
		require.ErrorIs(t, err, chat.ErrNotFound, tt)
	}
}

func TestALinkLeadsNowhere(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	secret := filepath.Join(parent, "secret")
	require.NoError(t, os.WriteFile(secret, []byte("secret"), 0o600))
	dir := filepath.Join(parent, "media")
	d := open(t, dir)
	id := chat.NewID[chat.UploadID]()
	shard := filepath.Join(dir, string(id[24:]))
	require.NoError(t, os.MkdirAll(shard, 0o750))
	require.NoError(t, os.Symlink(secret, filepath.Join(shard, string(id)+"-original.jpg")))
	_, _, err := d.Open(id, mediadisk.Original)
	require.Error(t, err)
}

func TestNothingUnfinishedStays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	_, _, err := d.Put(t.Context(), chat.NewID[chat.UploadID](), mediatest.PNG(t))
	require.NoError(t, err)
	require.Len(t, files(t, dir), 2)

	bad := mediatest.PNG(t)
	bad.Main.Mime = "text/html"
	_, _, err = d.Put(t.Context(), chat.NewID[chat.UploadID](), bad)
	require.Error(t, err)
	require.Len(t, files(t, dir), 2, "the thumbnail of the refused one is gone too")
}

func TestStartRemovesWhatACrashLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	old, fresh := filepath.Join(dir, "unfinished", "old"), filepath.Join(dir, "unfinished", "fresh")
	require.NoError(t, os.WriteFile(old, nil, 0o600))
	require.NoError(t, os.WriteFile(fresh, nil, 0o600))
	long := time.Now().Add(-2 * time.Hour)
	require.NoError(t, os.Chtimes(old, long, long))
	open(t, dir)
	require.NoFileExists(t, old)
	require.FileExists(t, fresh, "another process may be at it")
}

func TestDirectoryThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := mediadisk.New(file)
	require.Error(t, err)
	_, err = mediadisk.New(filepath.Join(file, "below"))
	require.Error(t, err)
}

func TestNamesTellTheTypeOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	id := chat.NewID[chat.UploadID]()
	_, _, err := d.Put(t.Context(), id, mediatest.GIF(t))
	require.NoError(t, err)
	require.Equal(t, imaging.JPEG, mediatest.GIF(t).Thumb.Mime)
	require.ElementsMatch(t, []string{string(id) + "-original.gif", string(id) + "-thumbnail.jpg"}, files(t, dir))
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	require.NoError(t, filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, e.Name())
		}
		return err
	}))
	return names
}
