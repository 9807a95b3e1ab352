//go:build unix

package socket

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// tryWriter writes without waiting. It is reused, so that a write costs no memory.
type tryWriter struct {
	data []byte
	n    int
	err  error
	step func(fd uintptr) bool
}

func (t *tryWriter) init() {
	t.step = func(fd uintptr) bool {
		for {
			t.n, t.err = unix.Write(int(fd), t.data)
			if !errors.Is(t.err, unix.EINTR) {
				return true
			}
		}
	}
}

// write is how much of data the connection took at once, which may be nothing.
func (t *tryWriter) write(conn syscall.RawConn, data []byte) (int, error) {
	t.data, t.n, t.err = data, 0, nil
	err := conn.Write(t.step)
	t.data = nil
	switch {
	case err != nil:
		return 0, err //nolint:wrapcheck // the socket is gone, whatever the reason
	case errors.Is(t.err, unix.EAGAIN):
		return 0, nil
	case t.err != nil:
		return 0, t.err
	}
	return t.n, nil
}

// tryReader reads without waiting. It is reused, so that a read costs no memory.
type tryReader struct {
	into []byte
	n    int
	err  error
	step func(fd uintptr) bool
}

func (t *tryReader) init() {
	t.step = func(fd uintptr) bool {
		for {
			t.n, t.err = unix.Read(int(fd), t.into)
			if !errors.Is(t.err, unix.EINTR) {
				return true
			}
		}
	}
}

// read is how many bytes were there; an error says that there will be none, or none yet.
func (t *tryReader) read(conn syscall.RawConn, into []byte) (int, error) {
	t.into, t.n, t.err = into, 0, nil
	err := conn.Read(t.step)
	t.into = nil
	if err == nil {
		err = t.err
	}
	return max(t.n, 0), err //nolint:wrapcheck // the reader that takes over finds the reason
}
