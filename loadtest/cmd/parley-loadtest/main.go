// Command parley-loadtest puts load on a Parley deployment and proves what became of every message.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/parley-chat/parley/loadtest/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends it at once.
	context.AfterFunc(ctx, stop)
	os.Exit(app.Run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
