// Package standalone embeds the built web client into the all-in-one process.
package standalone

import (
	"embed"
	"io/fs"
)

//go:embed all:webdist
var files embed.FS

// Web is the web client as `make web` built it, and whether it had been built.
func Web() (web fs.FS, built bool) {
	web, err := fs.Sub(files, "webdist")
	if err != nil {
		panic(err) // the name is a valid path
	}
	_, err = fs.Stat(web, "index.html")
	return web, err == nil
}
