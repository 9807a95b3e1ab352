// Command parley is all of Parley in one process.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/parley-chat/parley/pkg/logging"
	"github.com/parley-chat/parley/pkg/process"
	"github.com/parley-chat/parley/standalone"
	"github.com/parley-chat/parley/standalone/app"
	"github.com/parley-chat/parley/standalone/config"
)

const usage = `parley is all of Parley in one process: web client, API node and gateways.

Where nothing else is set, the database, the images and the key that signs tokens are in PARLEY_DATA_DIR, and what Redis does is done
in memory; the log is text, and clients have 2s to go when it stops (PARLEY_DRAIN_TIMEOUT). The addresses of the API node and the gateways are its own affair; all else that they take can be set here too.
`

func main() { os.Exit(run(os.Args[1:], os.Environ(), os.Stdout, os.Stderr)) }

func run(args, environ []string, stdout, stderr io.Writer) int {
	var conf config.Config
	return process.Program{
		Name: "parley", Usage: usage, Settings: []any{&config.Settings{}, &conf.API, &conf.Gateway},
		Load: func(environ []string) (err error) {
			conf, err = config.Load(environ)
			return err
		},
		Run:    func() error { return serve(conf, stdout, stderr) },
		Failed: func(err error) { fmt.Fprintf(stderr, "parley: %v\n", err) },
	}.Main(args, environ, stdout, stderr)
}

// serve works until SIGINT or SIGTERM; a second one ends it at once.
func serve(conf config.Config, stdout, stderr io.Writer) error {
	web, built := standalone.Web()
	if !built {
		fmt.Fprintln(stderr, "parley: built without the web client; `make run` builds it in. The API and the sockets work.")
	}
	log := logging.New(stderr, conf.API.LogLevel, conf.API.LogFormat, "parley", conf.API.NodeID)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	whole, err := app.Start(ctx, app.Options{Config: conf, Web: web, Log: log})
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "\n  Parley is ready. Point a browser at %s\n  Metrics and health: http://%s   Data: %s   Mails that were not sent: /dev/mail   Stop: Ctrl-C\n\n",
		browserURL(whole.Addr()), whole.OpsAddr(), conf.DataDir)
	select {
	case <-ctx.Done():
	case err = <-whole.Failed():
	}
	stop()
	bounded, cancel := context.WithTimeout(context.Background(), conf.API.ShutdownTimeout)
	defer cancel()
	return errors.Join(err, whole.Stop(bounded))
}

// browserURL is the address as a person types it.
func browserURL(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && (ip == nil || ip.IsUnspecified() || ip.IsLoopback()) {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
