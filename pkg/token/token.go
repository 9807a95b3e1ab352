// Package token makes and checks Parley's two tokens: the short-lived access token (a JWT)
// and the refresh token, which is opaque and used once.
package token

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/parley-chat/parley/pkg/chat"
)

// ErrInvalid says that a token is forged, malformed, expired or not of this kind. It never
// says which, but for the expired one, which is ErrExpired too.
var (
	ErrInvalid = errors.New("invalid token")
	ErrExpired = fmt.Errorf("%w: expired", ErrInvalid)
)

const (
	issuer   = "parley"
	audience = "parley"
	// leeway is how far the clocks of two nodes may be apart.
	leeway = 5 * time.Second
)

// Claims is what an access token vouches for.
type Claims struct {
	UserID    chat.UserID
	SessionID chat.SessionID
	ExpiresAt time.Time
}

// Issuer signs and verifies with a ring of keys. Safe for concurrent use.
type Issuer struct {
	keys   Keys
	parser *jwt.Parser
	now    func() time.Time
}

// NewIssuer uses the first key of the ring to sign and all of them to verify. now is the clock.
func NewIssuer(keys Keys, now func() time.Time) *Issuer {
	return &Issuer{
		keys: keys,
		now:  now,
		parser: jwt.NewParser(
			// Pinned: neither "none" nor an asymmetric algorithm is ever looked at.
			jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
			jwt.WithIssuer(issuer), jwt.WithAudience(audience),
			jwt.WithExpirationRequired(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(now),
			// One spelling for each token: base64 has spare bits, which some decoders ignore.
			jwt.WithStrictDecoding(),
		),
	}
}

type accessClaims struct {
	SessionID chat.SessionID `json:"sid"`
	jwt.RegisteredClaims
}

// Access is a signed access token that is good for ttl, and when it expires.
func (i *Issuer) Access(user chat.UserID, session chat.SessionID, ttl time.Duration) (string, time.Time, error) {
	now := i.now()
	expires := now.Add(ttl)
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, accessClaims{session, jwt.RegisteredClaims{
		Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: string(user),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
	}})
	key := i.keys[0]
	t.Header["kid"] = key.ID
	signed, err := t.SignedString(key.access)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("sign access token: %w", err)
	}
	return signed, expires, nil
}

// VerifyAccess gives the claims of a good access token, or ErrInvalid. It does not know
// whether the session has been revoked since.
func (i *Issuer) VerifyAccess(token string) (Claims, error) {
	var c accessClaims
	_, err := i.parser.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		key, ok := i.keys.find(kid)
		if !ok {
			return nil, ErrInvalid
		}
		return key.access, nil
	})
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return Claims{}, ErrExpired
	case err != nil:
		return Claims{}, ErrInvalid
	}
	claims := Claims{chat.UserID(c.Subject), c.SessionID, c.ExpiresAt.Time}
	if !chat.ValidID(claims.UserID) || !chat.ValidID(claims.SessionID) {
		return Claims{}, ErrInvalid
	}
	return claims, nil
}

// Refresh is a new refresh token of a session: session, 256 random bits, and a mark by which
// the server knows its own tokens, also spent ones.
func (i *Issuer) Refresh(session chat.SessionID) string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails, by its contract
	body := string(session) + "." + base64.RawURLEncoding.EncodeToString(secret)
	return body + "." + i.keys[0].mark(body)
}

// VerifyRefresh gives the session that a refresh token was made for, or ErrInvalid. A token
// that verifies but is not the session's current one has been used before.
func (i *Issuer) VerifyRefresh(token string) (chat.SessionID, error) {
	body, mark, ok := cutLast(token)
	if !ok {
		return "", ErrInvalid
	}
	session, _, ok := strings.Cut(body, ".")
	if !ok || !chat.ValidID(chat.SessionID(session)) {
		return "", ErrInvalid
	}
	for _, key := range i.keys {
		if hmac.Equal([]byte(key.mark(body)), []byte(mark)) {
			return chat.SessionID(session), nil
		}
	}
	return "", ErrInvalid
}

// Hash is the form in which a refresh token is kept. SHA-256 is enough for 256 random bits.
func Hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func cutLast(s string) (before, after string, ok bool) {
	n := strings.LastIndexByte(s, '.')
	if n < 0 {
		return "", "", false
	}
	return s[:n], s[n+1:], true
}
