// Command parley-api runs one API node. See parley-api --help.
package main

import (
	"context"
	"os"

	"github.com/parley-chat/parley/api/app"
)

func main() {
	os.Exit(app.Main(context.Background(), os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}
