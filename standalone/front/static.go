package front

import (
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// contentSecurityPolicy is the same as nginx.conf's.
const contentSecurityPolicy = "default-src 'self'; img-src 'self' data: blob: https://res.cloudinary.com; " +
	"connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// static serves the web client: hashed assets for ever, any other path as the page whose router
// knows it.
func static(web fs.FS) http.Handler {
	files := http.FileServerFS(web)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		switch info, err := fs.Stat(web, orDot(name)); {
		case err == nil && !info.IsDir() && strings.HasPrefix(name, "assets/"):
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		case strings.HasPrefix(name, "assets/"):
			http.NotFound(w, r)
			return
		case err != nil || info.IsDir():
			h.Set("Cache-Control", "no-cache")
			http.ServeFileFS(w, r, web, "index.html")
			return
		default:
			h.Set("Cache-Control", "no-cache")
		}
		files.ServeHTTP(w, r)
	})
}

func orDot(name string) string {
	if name == "" {
		return "."
	}
	return name
}
