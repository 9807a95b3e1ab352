package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/parley-chat/parley/e2e/chaos/faults"
	"github.com/parley-chat/parley/pkg/freeport"
)

// serverReady is how long a database server may take until it answers; it has a run's data to open.
const serverReady = 30 * time.Second

var errSilent = errors.New("does not listen")

// process is a database server of the run's own, which can die and hang, as no server can that somebody else has started.
type process struct {
	command []string
	address string
	running *exec.Cmd
	release io.Closer
}

// ownServer starts a database of the run's own, if that is what the options ask for.
func (r *run) ownServer(dir string) error {
	if r.Database != "" || len(r.Server) == 0 {
		return nil
	}
	port, err := freeport.Find()
	if err != nil {
		return err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	own := &process{command: append(slices.Clone(r.Server), filepath.Join(dir, "server"), address), address: address}
	if err := own.start(); err != nil {
		return err
	}
	r.Database, r.server = "mongodb://"+address+"/parley", own
	return nil
}

// start starts it, again with what it had, and waits until it listens.
func (p *process) start() error {
	cmd := exec.Command(p.command[0], p.command[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // a Ctrl-C ends the writing, and not the database
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start the database: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the database: %w", err)
	}
	p.running, p.release = cmd, stdin
	ctx, stop := context.WithTimeout(context.Background(), serverReady)
	defer stop()
	for sleep(ctx, 50*time.Millisecond) {
		if conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.address); err == nil {
			return conn.Close()
		}
	}
	p.kill()
	return fmt.Errorf("database server at %s: %w", p.address, errSilent)
}

// kill ends it as a crash does.
func (p *process) kill() {
	_ = p.running.Process.Kill()
	_ = p.running.Wait()
	_ = p.release.Close()
}

// faults are what can befall the process; its wires have their own.
func (p *process) faults() []faults.Fault {
	return []faults.Fault{
		{Kind: "database", Name: "dies", Begin: func() error { p.kill(); return nil }, End: p.start},
		{Kind: "database", Name: "hangs", Begin: func() error { return p.running.Process.Signal(syscall.SIGSTOP) }, End: func() error { return p.running.Process.Signal(syscall.SIGCONT) }},
	}
}
