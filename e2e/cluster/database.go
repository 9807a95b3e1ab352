package cluster

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// The lock of SQLite's index of its write-ahead log that whoever writes holds (WAL_WRITE_LOCK in its source).
const (
	writeLock     = 120
	indexOfWrites = "-shm"
)

// errLocked says that the lock could not be had for as long as the servers themselves would wait.
var errLocked = errors.New("the database's write lock was not free for five seconds")

// HoldDatabase takes the write lock of the cluster's own SQLite file, so that nobody can write, until it is closed.
func (c *Cluster) HoldDatabase() (io.Closer, error) {
	f, err := os.OpenFile(filepath.Join(c.dir, "data", "parley.db"+indexOfWrites), os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		err = syscall.FcntlFlock(f.Fd(), syscall.F_SETLK, &syscall.Flock_t{Type: syscall.F_WRLCK, Start: writeLock, Len: 1})
		switch {
		case err == nil:
			return f, nil
		case !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EACCES):
			return nil, errors.Join(fmt.Errorf("lock the database: %w", err), f.Close())
		case time.Now().After(end):
			return nil, errors.Join(errLocked, f.Close())
		}
	}
}
