package token

import (
	"crypto/sha256"

	lru "github.com/hashicorp/golang-lru/v2"
)

// knownTokens is how many access tokens a node remembers.
const knownTokens = 32768

// Known verifies access tokens and remembers those that were good, by their hash, so that the signature of one that comes again and
// again is checked once. Whether the session still lives is for others to say, each time. Safe for concurrent use.
type Known struct {
	issuer *Issuer
	good   *lru.Cache[[sha256.Size]byte, Claims]
}

// NewKnown remembers what issuer finds good.
func NewKnown(issuer *Issuer) *Known {
	good, err := lru.New[[sha256.Size]byte, Claims](knownTokens)
	if err != nil {
		panic(err) // the size is a positive constant
	}
	return &Known{issuer, good}
}

// VerifyAccess is Issuer.VerifyAccess.
func (k *Known) VerifyAccess(token string) (Claims, error) {
	hash := sha256.Sum256([]byte(token))
	if claims, ok := k.good.Get(hash); ok {
		if !k.issuer.now().Before(claims.ExpiresAt.Add(leeway)) {
			k.good.Remove(hash)
			return Claims{}, ErrExpired
		}
		return claims, nil
	}
	claims, err := k.issuer.VerifyAccess(token)
	if err == nil {
		k.good.Add(hash, claims)
	}
	return claims, err
}
