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
