package chat

import "errors"

// The errors that stores and services return and callers test with errors.Is. Everything
// else is an internal fault.
var (
	// ErrNotFound: no such thing, or none that the caller may know of.
	ErrNotFound = errors.New("not found")
	// ErrEmailTaken: another account has this address.
	ErrEmailTaken = errors.New("email taken")
	// ErrConflict: the thing has changed since the caller read it.
	ErrConflict = errors.New("conflict")
	// ErrSeqTaken: another entry of the conversation has this seq; read the last one and try again.
	ErrSeqTaken = errors.New("seq taken")
	// ErrClientIDUsed: the sender has an entry with this clientId in the conversation already.
	ErrClientIDUsed = errors.New("clientId used")
	// ErrNotAttempted: an earlier entry of the same conversation in the same batch was refused.
	ErrNotAttempted = errors.New("not attempted")
	// ErrPosition: a SearchPosition that no store gave out.
	ErrPosition = errors.New("no position of a search")
	// ErrUnavailable: the store can't serve now; nothing is known of the write's outcome.
	ErrUnavailable = errors.New("store unavailable")
)
