package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
)

// MinSecret is the least length of a key's secret, in bytes: that of the hash.
const MinSecret = 32

var keyID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// Key is a named secret. Each use has its own key derived from it, so that a token of one
// kind can't pass for another.
type Key struct {
	ID      string
	access  []byte
	refresh []byte
}

// Keys is a ring of at least one: the first signs, all verify. To rotate, put a new one in
// front, and take the old one away when the last token it signed has expired.
type Keys []Key

// ParseKeys reads "id:secret[,id:secret…]". Its errors never hold a secret.
func ParseKeys(s string) (Keys, error) {
	var keys Keys
	for n, part := range strings.Split(s, ",") {
		id, secret, ok := strings.Cut(strings.TrimSpace(part), ":")
		switch {
		case !ok || !keyID.MatchString(id):
			return nil, fmt.Errorf("key %d: want id:secret, with an id of 1-32 letters, digits, - and _", n+1)
		case len(secret) < MinSecret:
			return nil, fmt.Errorf("key %q: the secret has %d bytes, at least %d are needed", id, len(secret), MinSecret)
		}
		if _, twice := keys.find(id); twice {
			return nil, fmt.Errorf("key %q is there twice", id)
		}
		keys = append(keys, Key{id, derive(secret, "access"), derive(secret, "refresh")})
	}
	return keys, nil
}

// UnmarshalText lets configuration read keys.
func (k *Keys) UnmarshalText(b []byte) error {
	keys, err := ParseKeys(string(b))
	if err != nil {
		return err
	}
	*k = keys
	return nil
}

// String hides the secrets.
func (k Key) String() string { return k.ID + ":…" }

// GoString hides the secrets.
func (k Key) GoString() string { return k.String() }

func (k Keys) find(id string) (Key, bool) {
	for _, key := range k {
		if key.ID == id {
			return key, true
		}
	}
	return Key{}, false
}

func derive(secret, use string) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte("parley " + use))
	return h.Sum(nil)
}

// mark is how the server knows a refresh token of its own.
func (k Key) mark(body string) string {
	h := hmac.New(sha256.New, k.refresh)
	h.Write([]byte(body))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
