package chaos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/parley-chat/parley/e2e/chaos/faults"
	"github.com/parley-chat/parley/e2e/cluster"
)

// The lock of SQLite's index of its write-ahead log that whoever writes holds (WAL_WRITE_LOCK in its source).
const (
	writeLock     = 120
	indexOfWrites = "-shm"
)

// errLocked says that the lock could not be had for as long as the servers themselves would wait.
var errLocked = errors.New("the database's write lock was not free for five seconds")

// hogs are faults of a database that is a file: somebody holds its write lock and doesn't let go, so that nothing can be
// written by anybody.
func hogs(c *cluster.Cluster) []faults.Fault {
	path := filepath.Join(c.Data(), "parley.db"+indexOfWrites)
	var held *os.File
	begin := func() (err error) {
		held, err = lock(path)
		return err
	}
	return []faults.Fault{{Kind: "database", Name: "takes no writes", Begin: begin, End: func() error { return held.Close() }}}
}

// lock takes the write lock; closing the file lets it go.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	all := syscall.Flock_t{Type: syscall.F_WRLCK, Start: writeLock, Len: 1}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		if err = syscall.FcntlFlock(f.Fd(), syscall.F_SETLK, &all); err == nil {
			return f, nil
		}
		if !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EACCES) {
			return nil, errors.Join(fmt.Errorf("lock the database: %w", err), f.Close())
		}
		if time.Now().After(end) {
			return nil, errors.Join(errLocked, f.Close())
		}
	}
}

// server is the address of the database's server, and its URL by way of another address; "" if it is a file, or more
// than one server.
func server(database string) (address string, by func(string) string) {
	u, err := url.Parse(database)
	if err != nil || u.Scheme != "mongodb" || strings.Contains(u.Host, ",") {
		return "", nil
	}
	address = u.Host
	if u.Port() == "" {
		address = net.JoinHostPort(u.Host, "27017")
	}
	return address, func(other string) string {
		through := *u
		through.Host = other
		query := through.Query()
		query.Set("directConnection", "true") // or the driver would go around the wire
		through.RawQuery = query.Encode()
		return through.String()
	}
}

// ownServer starts a database of the run's own, if that is what the options ask for.
func (r *run) ownServer(dir string) error {
	if r.Database != "" || r.Server == nil {
		return nil
	}
	ctx, stop := context.WithCancel(context.Background())
	uri, stopped, err := r.Server(ctx, filepath.Join(dir, "server"))
	if err != nil {
		stop()
		return err
	}
	r.Database = uri + "parley"
	r.stopServer = func() {
		stop()
		<-stopped
	}
	return nil
}
