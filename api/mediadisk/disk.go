// Package mediadisk keeps uploads as files in one directory, which several processes of a
// host may share. The API serves them.
package mediadisk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/parley-chat/parley/api/imaging"
	"github.com/parley-chat/parley/pkg/chat"
)

// URLPath is where the API serves the files: URLPath + id + "/" + Original, Thumbnail or File.
const URLPath = "/api/uploads/"

// The names under which an image's two files are asked for, and any other file.
const (
	Original  = "original"
	Thumbnail = "thumbnail"
	File      = "file"
)

// fileType is what any other file is served as: nothing that a browser would show.
const (
	fileEnding = ".bin"
	fileType   = "application/octet-stream"
)

const (
	// unfinished is where files are written before they get their name.
	unfinished = "unfinished"
	// abandoned is the age at which an unfinished file has nobody who finishes it.
	abandoned = time.Hour
	dirMode   = 0o750
	fileMode  = 0o640
)

// types is the fixed set of images that are kept, by the ending of the file's name. Nothing that a user
// wrote is part of a name.
var types = map[string]string{".jpg": imaging.JPEG, ".png": imaging.PNG, ".gif": imaging.GIF}

// Disk keeps uploads in a directory. It can't be led out of it, by whatever name or link.
type Disk struct{ root *os.Root }

// New keeps uploads under dir, which it makes if it is not there. It fails if dir can't be written.
func New(dir string) (*Disk, error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, fmt.Errorf("media directory: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("media directory: %w", err)
	}
	d := &Disk{root}
	if err := d.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("media directory %s: %w", dir, err), root.Close())
	}
	return d, nil
}

// prepare checks that files can be written, and removes those that a crash left unfinished.
func (d *Disk) prepare() error {
	if err := d.root.MkdirAll(unfinished, dirMode); err != nil {
		return err
	}
	entries, err := fs.ReadDir(d.root.FS(), unfinished)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || time.Since(info.ModTime()) < abandoned {
			continue // gone meanwhile, or another process is at it
		}
		if err := d.root.Remove(path.Join(unfinished, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	probe, err := d.write(strings.NewReader("."))
	if err != nil {
		return err
	}
	return d.root.Remove(probe)
}

// Put keeps both files of img; when it returns they are on disk, whole. The addresses are paths
// on the API. A second Put of the same id replaces the first.
func (d *Disk) Put(ctx context.Context, id chat.UploadID, img imaging.Image) (url, thumbnailURL string, err error) {
	if !chat.ValidID(id) {
		return "", "", fmt.Errorf("keep image: no upload id: %q", string(id))
	}
	if err := ctx.Err(); err != nil {
		return "", "", fmt.Errorf("keep image: %w", err)
	}
	if err := d.root.MkdirAll(shard(id), dirMode); err != nil {
		return "", "", fmt.Errorf("keep image: %w", err)
	}
	for _, f := range []struct {
		name string
		file imaging.File
	}{{Thumbnail, img.Thumb}, {Original, img.Main}} {
		if err := d.keep(id, f.name, f.file); err != nil {
			return "", "", errors.Join(fmt.Errorf("keep image: %w", err), d.Delete(context.WithoutCancel(ctx), id, ""))
		}
	}
	if err := d.sync(shard(id)); err != nil {
		return "", "", errors.Join(fmt.Errorf("keep image: %w", err), d.Delete(context.WithoutCancel(ctx), id, ""))
	}
	at := URLPath + string(id) + "/"
	return at + Original, at + Thumbnail, nil
}

// PutFile keeps content as it comes; when it returns, it is on disk, whole. The name is not used: it is no part of any path.
func (d *Disk) PutFile(ctx context.Context, id chat.UploadID, _ string, content io.Reader) (url string, err error) {
	if !chat.ValidID(id) {
		return "", fmt.Errorf("keep file: no upload id: %q", string(id))
	}
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("keep file: %w", err)
	}
	if err := d.root.MkdirAll(shard(id), dirMode); err != nil {
		return "", fmt.Errorf("keep file: %w", err)
	}
	if err := d.place(content, file(id, File, fileEnding)); err != nil {
		return "", fmt.Errorf("keep file: %w", err)
	}
	if err := d.sync(shard(id)); err != nil {
		return "", errors.Join(fmt.Errorf("keep file: %w", err), d.Delete(context.WithoutCancel(ctx), id, ""))
	}
	return URLPath + string(id) + "/" + File, nil
}

// keep writes one file and removes those of the same name but another type.
func (d *Disk) keep(id chat.UploadID, name string, f imaging.File) error {
	target := ""
	for ending, mime := range types {
		if mime == f.Mime {
			target = file(id, name, ending)
		}
	}
	if target == "" {
		return fmt.Errorf("no image type: %q", f.Mime)
	}
	if err := d.place(bytes.NewReader(f.Bytes), target); err != nil {
		return err
	}
	for ending := range types {
		if other := file(id, name, ending); other != target {
			if err := d.remove(other); err != nil {
				return err
			}
		}
	}
	return nil
}

// place puts data on disk as target, which is there whole or not at all.
func (d *Disk) place(data io.Reader, target string) error {
	temporary, err := d.write(data)
	if err != nil {
		return err
	}
	if err := d.root.Rename(temporary, target); err != nil {
		return errors.Join(err, d.root.Remove(temporary))
	}
	return nil
}

// write puts data on disk under a name of its own.
func (d *Disk) write(data io.Reader) (name string, err error) {
	name = path.Join(unfinished, chat.NewID[string]())
	f, err := d.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, data)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, d.root.Remove(name))
	}
	return name, nil
}

// sync makes the names in a directory durable.
func (d *Disk) sync(dir string) error {
	f, err := d.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Delete removes all files of an upload; it is no error if they are not there.
func (d *Disk) Delete(_ context.Context, id chat.UploadID, _ string) error {
	if !chat.ValidID(id) {
		return nil
	}
	errs := []error{d.remove(file(id, File, fileEnding))}
	for ending := range types {
		errs = append(errs, d.remove(file(id, Original, ending)), d.remove(file(id, Thumbnail, ending)))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("delete upload: %w", err)
	}
	return nil
}

func (d *Disk) remove(name string) error {
	if err := d.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Open is the file of an upload that is called name, Original, Thumbnail or File, and its type. It fails with
// chat.ErrNotFound. The caller closes it.
func (d *Disk) Open(id chat.UploadID, name string) (content io.ReadSeekCloser, mime string, err error) {
	among := types
	switch name {
	case File:
		among = map[string]string{fileEnding: fileType}
	case Original, Thumbnail:
	default:
		among = nil
	}
	if !chat.ValidID(id) {
		among = nil
	}
	for ending, mime := range among {
		f, err := d.root.Open(file(id, name, ending))
		if err == nil {
			return f, mime, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, "", fmt.Errorf("upload: %w", err)
		}
	}
	return nil, "", fmt.Errorf("upload: %w", chat.ErrNotFound)
}

// Close lets go of the directory.
func (d *Disk) Close() error { return d.root.Close() }

// shard spreads the files over 1,024 directories, by the random end of the id.
func shard(id chat.UploadID) string { return string(id[len(id)-2:]) }

func file(id chat.UploadID, name, ending string) string {
	return path.Join(shard(id), string(id)+"-"+name+ending)
}
