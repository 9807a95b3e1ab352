package service

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"time"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/token"
)

const (
	// resetTTL and verifyTTL are how long links work.
	resetTTL  = time.Hour
	verifyTTL = 7 * 24 * time.Hour
	// linkBytes is how much chance is in a token.
	linkBytes = 32
)

// LinkStore keeps one-time links; package store has the contract.
type LinkStore interface {
	CreateLink(ctx context.Context, l chat.Link) error
	Link(ctx context.Context, hash string) (chat.Link, error)
	TakeLink(ctx context.Context, hash string) error
	DeleteLinks(ctx context.Context, user chat.UserID, purpose chat.LinkPurpose) error
}

// ChangePassword sets the viewer's password and ends their other sessions. Refuses with CodeInvalidCredentials (the current
// one is wrong), CodeValidation and CodeUnavailable.
func (a *Auth) ChangePassword(ctx context.Context, v Viewer, current, next string) error {
	var bad fieldErrors
	if current == "" {
		bad.add("currentPassword", "is missing")
	}
	bad.checkPassword("newPassword", next)
	if err := bad.err(); err != nil {
		return err
	}
	u, err := a.Accounts.User(ctx, v.UserID)
	if err != nil {
		return fromStore(err, "account")
	}
	hash := u.PasswordHash
	if len(current) > chat.MaxPassword {
		hash = "" // as in Login
	}
	ok, err := a.Passwords.Check(ctx, hash, current)
	switch {
	case err != nil:
		return err
	case !ok:
		return Refuse(CodeInvalidCredentials, "the current password is wrong")
	}
	if hash, err = a.Passwords.Hash(ctx, next); err != nil {
		return err
	}
	return a.setPassword(ctx, u, chat.UserPatch{PasswordHash: &hash}, v.SessionID)
}

// setPassword changes the account as patch says, ends all sessions but the one to keep, and tells the owner.
// Links that were on their way stop working: whoever asked for them may not be the one who set the password.
func (a *Auth) setPassword(ctx context.Context, u chat.User, patch chat.UserPatch, keep chat.SessionID) (err error) {
	if u, err = a.Accounts.UpdateUser(ctx, u.ID, patch); err != nil {
		return fromStore(err, "account")
	}
	if err := a.Links.DeleteLinks(ctx, u.ID, chat.ResetPassword); err != nil {
		return fromStore(err, "links")
	}
	if err := a.Sessions.endAll(ctx, u.ID, keep); err != nil {
		return err
	}
	a.Mailer.PasswordChanged(u)
	return nil
}

// ForgotPassword mails a link to set a new password, if there is such an account. Whether there is one is told neither by
// the answer nor by the time it takes. Refuses with CodeValidation (no address at all) and CodeUnavailable.
func (a *Auth) ForgotPassword(ctx context.Context, email string) error {
	var bad fieldErrors
	if email = bad.cleanEmail(email); len(bad) > 0 {
		return bad.err()
	}
	u, err := a.accountOf(ctx, email)
	if err != nil {
		return err
	}
	if !a.mayMail(ctx, email) {
		return nil
	}
	u.Email = email // also for nobody, so that as much is written
	secret, err := a.makeLink(ctx, u, chat.ResetPassword, resetTTL)
	if err != nil {
		return err
	}
	if u.ID != "" {
		a.Mailer.ResetPassword(u, secret)
	}
	return nil
}

// ResetPassword sets a new password by the token of a mailed link and ends all sessions. That the mail arrived proves the address,
// too. Refuses with CodeValidation (also on token: unknown, used or expired) and CodeUnavailable.
func (a *Auth) ResetPassword(ctx context.Context, secret, password string) error {
	var bad fieldErrors
	bad.checkPassword("password", password)
	if err := bad.err(); err != nil {
		return err
	}
	u, err := a.linkOwner(ctx, secret, chat.ResetPassword)
	if err != nil {
		return err
	}
	// Before the link is taken: who is told that there is too much to do may use it again.
	hash, err := a.Passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	if err := a.takeLink(ctx, secret); err != nil {
		return err
	}
	return a.setPassword(ctx, u, chat.UserPatch{PasswordHash: &hash, EmailVerified: true}, "")
}

// SendVerification mails the viewer a link that proves their address; none if it is proven. Refuses with CodeRateLimited and
// CodeUnavailable.
func (a *Auth) SendVerification(ctx context.Context, v Viewer) error {
	u, err := a.Accounts.User(ctx, v.UserID)
	if err != nil {
		return fromStore(err, "account")
	}
	if u.EmailVerified {
		return nil
	}
	if !a.mayMail(ctx, u.Email) {
		return &Error{Code: CodeRateLimited, Detail: "there were mails enough; look for them, or try again later", RetryAfter: time.Minute}
	}
	secret, err := a.makeLink(ctx, u, chat.VerifyEmail, verifyTTL)
	if err != nil {
		return err
	}
	a.Mailer.VerifyEmail(u, secret)
	return nil
}

// VerifyEmail proves an address by the token of a mailed link. Refuses with CodeValidation (the token is unknown, used or
// expired) and CodeUnavailable.
func (a *Auth) VerifyEmail(ctx context.Context, secret string) error {
	u, err := a.linkOwner(ctx, secret, chat.VerifyEmail)
	if err != nil {
		return err
	}
	if err := a.takeLink(ctx, secret); err != nil {
		return err
	}
	if _, err := a.Accounts.UpdateUser(ctx, u.ID, chat.UserPatch{EmailVerified: true}); err != nil {
		return fromStore(err, "account")
	}
	return fromStore(a.Links.DeleteLinks(ctx, u.ID, chat.VerifyEmail), "links")
}

// welcome mails a new user. The account is there: that no link could be made is no reason to fail.
func (a *Auth) welcome(ctx context.Context, u chat.User) {
	secret, err := a.makeLink(ctx, u, chat.VerifyEmail, verifyTTL)
	if err != nil {
		a.Log.WarnContext(ctx, "welcomed without a link", "user", u.ID, "error", err)
		secret = ""
	}
	a.Mailer.Welcome(u, secret)
}

// mayMail tells whether one more link may go to an address, so that nobody fills somebody else's mailbox.
func (a *Auth) mayMail(ctx context.Context, email string) bool {
	if a.MailLimit.Unlimited() {
		return true
	}
	d, err := a.Limiter.Allow(ctx, a.MailLimit, token.Hash(email)[:32])
	return err == nil && d.Allowed
}

// makeLink keeps a new link and gives its token.
func (a *Auth) makeLink(ctx context.Context, u chat.User, purpose chat.LinkPurpose, ttl time.Duration) (secret string, err error) {
	random := make([]byte, linkBytes)
	_, _ = rand.Read(random) // never fails
	secret = base64.RawURLEncoding.EncodeToString(random)
	now := chat.TimeOf(a.Now())
	err = a.Links.CreateLink(ctx, chat.Link{
		Hash: token.Hash(secret), Purpose: purpose, UserID: u.ID, Email: u.Email, CreatedAt: now, ExpiresAt: now.Add(ttl),
	})
	return secret, fromStore(err, "link")
}

// linkOwner is whose a link is, if it is good.
func (a *Auth) linkOwner(ctx context.Context, secret string, purpose chat.LinkPurpose) (chat.User, error) {
	l, err := a.Links.Link(ctx, token.Hash(secret))
	switch {
	case errors.Is(err, chat.ErrNotFound), err == nil && (l.Purpose != purpose || l.UserID == "" || l.ExpiresAt <= chat.TimeOf(a.Now())):
		return chat.User{}, badLink()
	case err != nil:
		return chat.User{}, fromStore(err, "link")
	}
	u, err := a.Accounts.User(ctx, l.UserID)
	if errors.Is(err, chat.ErrNotFound) || err == nil && u.Email != l.Email {
		return chat.User{}, badLink() // the address is another one by now
	}
	return u, fromStore(err, "account")
}

// takeLink spends a link, unless somebody was faster.
func (a *Auth) takeLink(ctx context.Context, secret string) error {
	if err := a.Links.TakeLink(ctx, token.Hash(secret)); errors.Is(err, chat.ErrNotFound) {
		return badLink()
	} else if err != nil {
		return fromStore(err, "link")
	}
	return nil
}

func badLink() error {
	var bad fieldErrors
	bad.add("token", "is not that of a link, or it was used already, or its time is over")
	return bad.err()
}
