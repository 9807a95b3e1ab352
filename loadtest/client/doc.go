// Package client speaks Parley's wire as any client does that is no browser: JSON over HTTP with a bearer
// token, and events over a WebSocket. It knows nothing of the servers but their contract, so that tests written
// with it see what a stranger's client would see.
//
// A Client reaches one deployment, a Session is one signed-in device of a user, and a Device is that session's
// socket together with its replica of every conversation's log: it comes back after any failure and resumes.
package client
