package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
)

// database is a database server of its own, with the wire protocol of MongoDB.
type database struct {
	cmd *exec.Cmd
	dir string
	uri string
}

// startDatabase starts one by the command of a run's Store.
func startDatabase(command []string) (*database, error) {
	dir, err := os.MkdirTemp("", "parley-bench-store-")
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	d := &database{cmd: exec.Command(command[0], slices.Concat(command[1:], []string{dir + "/data", "127.0.0.1:0"})...), dir: dir}
	d.cmd.Stderr = os.Stderr
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if _, err := d.cmd.StdinPipe(); err != nil { // which it runs as long as
		return nil, errors.Join(fmt.Errorf("store: %w", err), os.RemoveAll(dir))
	}
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: %w", err), os.RemoveAll(dir))
	}
	if err := d.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("store: %w", err), os.RemoveAll(dir))
	}
	uri, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		d.stop()
		return nil, fmt.Errorf("store: %w", err)
	}
	d.uri = strings.TrimSpace(uri)
	return d, nil
}

func (d *database) stop() {
	_ = errors.Join(d.cmd.Process.Kill(), d.cmd.Wait())
	_ = os.RemoveAll(d.dir)
}

// sendToStore has the writers send through an API node whose database is another process, so that none of its work is counted.
func (r *rig) sendToStore(ctx context.Context) (_ []float64, err error) {
	d, err := startDatabase(r.Store)
	if err != nil {
		return nil, err
	}
	defer d.stop()
	other, err := startRig(ctx, d.dir, r.Options, 1, 1, "PARLEY_DATABASE_URL="+d.uri)
	if err != nil {
		return nil, err
	}
	defer other.close()
	people, err := other.signUp(ctx, 2*writers)
	if err != nil {
		return nil, err
	}
	pairs, err := acquaint(ctx, people)
	if err != nil {
		return nil, err
	}
	return requests(r, []string{other.cluster.APIOps(1)}, pairs, r.send)(ctx)
}
