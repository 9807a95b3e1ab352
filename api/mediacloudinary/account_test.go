package mediacloudinary_test

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// account answers as Cloudinary's upload API does, for one account.
type account struct {
	mu     sync.Mutex
	images map[string]image // by public id; guarded by mu
}

type image struct {
	kind string
	mime string
	body []byte
}

func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Content-Type") == "" { // the library names none for a plain form, and Cloudinary takes it as one
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if err := r.ParseMultipartForm(1 << 20); err != nil && r.ParseForm() != nil {
		refuse(w, 400, "no form")
		return
	}
	if !signed(r.PostForm) {
		refuse(w, 401, "Invalid Signature")
		return
	}
	switch r.URL.Path {
	case "/v1_1/demo/auto/upload":
		a.upload(w, r)
	case "/v1_1/demo/image/destroy", "/v1_1/demo/raw/destroy", "/v1_1/demo/video/destroy":
		a.destroy(w, strings.Split(r.URL.Path, "/")[3], r.PostForm.Get("public_id"))
	default:
		refuse(w, 404, "no such call: "+r.URL.Path)
	}
}

func (a *account) upload(w http.ResponseWriter, r *http.Request) {
	file, _, err := r.FormFile("file")
	if err != nil {
		refuse(w, 400, "Missing required parameter - file")
		return
	}
	body, err := io.ReadAll(file)
	if err != nil {
		refuse(w, 400, err.Error())
		return
	}
	mime := http.DetectContentType(body)
	id := r.PostForm.Get("public_id")
	kind, ending := "image", map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif"}[mime]
	if ending == "" {
		kind, mime = "raw", "application/octet-stream"
	}
	a.mu.Lock()
	a.images[id] = image{kind, mime, body}
	a.mu.Unlock()
	reply(w, 200, map[string]any{
		"public_id": id, "version": 1700000000, "format": strings.TrimPrefix(ending, "."), "resource_type": kind,
		"created_at": time.Now().UTC().Format(time.RFC3339), "bytes": len(body), "type": "upload",
		"url":        "http://res.cloudinary.com/demo/" + kind + "/upload/v1700000000/" + id + ending,
		"secure_url": "https://res.cloudinary.com/demo/" + kind + "/upload/v1700000000/" + id + ending,
	})
}

func (a *account) destroy(w http.ResponseWriter, kind, id string) {
	a.mu.Lock()
	there := a.images[id].kind == kind
	if there {
		delete(a.images, id)
	}
	a.mu.Unlock()
	if !there {
		reply(w, 200, map[string]any{"result": "not found"})
		return
	}
	reply(w, 200, map[string]any{"result": "ok"})
}

// fetch is what Cloudinary's delivery gives; a transformed image differs in its type only.
func (a *account) fetch(t *testing.T, at string) (string, []byte, bool) {
	t.Helper()
	_, id, ok := strings.Cut(at, "/v1700000000/")
	raw := strings.HasPrefix(at, "https://res.cloudinary.com/demo/raw/upload/fl_attachment/")
	if !ok || !raw && !strings.HasPrefix(at, "https://res.cloudinary.com/demo/image/upload/") {
		t.Fatal("no address of this account: " + at)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if raw {
		img, ok := a.images[id]
		return img.mime, img.body, ok
	}
	img, ok := a.images[strings.TrimSuffix(id, path.Ext(id))]
	if ok && strings.Contains(at, "/c_limit,h_480,w_480/") {
		img.mime = map[string]string{".jpg": "image/jpeg", ".png": "image/png"}[path.Ext(id)]
	}
	return img.mime, img.body, ok
}

// signed checks the signature as Cloudinary describes it: all parameters but the file, its kind, the key and
// the signature, sorted, with the secret behind them, by SHA-1.
func signed(form url.Values) bool {
	var parts []string
	for name := range form {
		if name != "resource_type" && name != "api_key" && name != "signature" {
			parts = append(parts, name+"="+strings.ReplaceAll(form.Get(name), "&", "%26"))
		}
	}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "&") + secret))
	return form.Get("api_key") == key && form.Get("timestamp") != "" && form.Get("signature") == hex.EncodeToString(sum[:])
}

func refuse(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]any{"error": map[string]string{"message": message}})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
