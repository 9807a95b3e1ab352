// Command parley is all of Parley in one process.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	settings "github.com/parley-chat/parley/pkg/config"
	"github.com/parley-chat/parley/pkg/logging"
	"github.com/parley-chat/parley/standalone"
	"github.com/parley-chat/parley/standalone/app"
	"github.com/parley-chat/parley/standalone/config"
)

// Exit codes: a wrong flag or setting is 2, since starting again changes nothing.
const (
	exitFailed = 1
	exitUsage  = 2
)

const usage = `parley is all of Parley in one process: web client, API node and gateways.

Where nothing else is set, the database, the images and the key that signs tokens are in PARLEY_DATA_DIR, and what Redis does is done
in memory. The addresses of the API node and the gateways are its own affair; all else that they take can be set here too.

Settings are environment variables:
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 {
		return help(args, stdout, stderr)
	}
	conf, err := config.Load(os.Environ())
	if err != nil {
		fmt.Fprintf(stderr, "parley: %v\n", err)
		return exitUsage
	}
	web, built := standalone.Web()
	if !built {
		fmt.Fprintln(stderr, "parley: built without the web client; `make run` builds it in. The API and the sockets work.")
	}
	log := logging.New(stderr, conf.API.LogLevel, conf.API.LogFormat, "parley", conf.API.NodeID)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	whole, err := app.Start(ctx, app.Options{Config: conf, Web: web, Log: log})
	if err != nil {
		fmt.Fprintf(stderr, "parley: %v\n", err)
		return exitFailed
	}
	fmt.Fprintf(stdout, "\n  Parley is ready. Point a browser at %s\n  Metrics and health: http://%s   Data: %s   Mails that were not sent: /dev/mail   Stop: Ctrl-C\n\n",
		browserURL(whole.Addr()), whole.OpsAddr(), conf.DataDir)
	code := 0
	select {
	case <-ctx.Done():
	case err := <-whole.Failed():
		log.Error("stopped serving", "error", err)
		code = exitFailed
	}
	stop() // a second Ctrl-C ends at once
	bounded, cancel := context.WithTimeout(context.Background(), conf.API.ShutdownTimeout)
	defer cancel()
	if err := whole.Stop(bounded); err != nil {
		log.Error("not stopped cleanly", "error", err)
		code = exitFailed
	}
	return code
}

// browserURL is the address as a person types it.
func browserURL(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && (ip == nil || ip.IsUnspecified() || ip.IsLoopback()) {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

func help(args []string, stdout, stderr io.Writer) int {
	if !strings.HasSuffix(args[0], "-h") && !strings.HasSuffix(args[0], "-help") {
		fmt.Fprintf(stderr, "parley: unknown arguments %q; see --help\n", args)
		return exitUsage
	}
	fmt.Fprint(stdout, usage)
	var c config.Config
	if err := settings.Usage(stdout, &c.Settings, &c.API, &c.Gateway); err != nil {
		fmt.Fprintf(stderr, "parley: %v\n", err)
		return exitFailed
	}
	return 0
}
