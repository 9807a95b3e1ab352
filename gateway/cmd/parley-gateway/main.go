// Command parley-gateway runs one gateway. See parley-gateway --help.
package main

import (
	"context"
	"os"

	"github.com/parley-chat/parley/gateway/app"
)

func main() {
	os.Exit(app.Main(context.Background(), os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}
