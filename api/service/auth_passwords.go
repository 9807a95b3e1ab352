package service

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/crypto/bcrypt"
)

const (
	// hashWait is how long a sign-in waits for its turn to hash.
	hashWait = 5 * time.Second
	// hashQueue is how many may wait at once, for each processor.
	hashQueue = 64
)

// Passwords hashes and checks passwords with bcrypt. Hashing is meant to be slow, so no more of it runs at once than
// there are processors, and no more waits than can be served in time: a flood of sign-ins doesn't stop the messages.
type Passwords struct {
	cost  int
	turns chan struct{}
	queue chan struct{}
	// nobody is a hash that no password is known for.
	nobody []byte
}

// NewPasswords hashes at the given bcrypt cost, 4 to 31; each step doubles the time.
func NewPasswords(cost int) (*Passwords, error) {
	nobody, err := bcrypt.GenerateFromPassword([]byte("of nobody"), cost)
	if err != nil {
		return nil, fmt.Errorf("bcrypt: %w", err)
	}
	processors := runtime.GOMAXPROCS(0)
	return &Passwords{
		cost: cost, nobody: nobody,
		turns: make(chan struct{}, processors), queue: make(chan struct{}, hashQueue*processors),
	}, nil
}

// Hash is the password's, which has at most chat.MaxPassword bytes. Refuses with CodeUnavailable under too much load.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	var hash []byte
	err := p.inTurn(ctx, func() (err error) {
		hash, err = bcrypt.GenerateFromPassword([]byte(password), p.cost)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return string(hash), nil
}

// Check tells whether password is that of hash. With an empty hash, for an account that doesn't exist, it takes as long
// and is false. Refuses with CodeUnavailable under too much load.
func (p *Passwords) Check(ctx context.Context, hash, password string) (bool, error) {
	against, exists := []byte(hash), hash != ""
	if !exists {
		against = p.nobody
	}
	err := p.inTurn(ctx, func() error { return bcrypt.CompareHashAndPassword(against, []byte(password)) })
	switch {
	case errors.Is(err, bcrypt.ErrMismatchedHashAndPassword):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("check password: %w", err)
	}
	return exists, nil
}

// outdated tells whether hash was made at another cost than the one set now.
func (p *Passwords) outdated(hash string) bool {
	cost, err := bcrypt.Cost([]byte(hash))
	return err == nil && cost != p.cost
}

func (p *Passwords) inTurn(ctx context.Context, work func() error) error {
	select {
	case p.queue <- struct{}{}:
		defer func() { <-p.queue }()
	default:
		return busy(nil)
	}
	ctx, cancel := context.WithTimeout(ctx, hashWait)
	defer cancel()
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
		return work()
	case <-ctx.Done():
		return busy(ctx.Err())
	}
}

func busy(cause error) error {
	return &Error{Code: CodeUnavailable, Detail: "too many people are signing in; try again", RetryAfter: UnavailableRetry, cause: cause}
}
