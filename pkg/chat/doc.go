// Package chat holds Parley's domain: users, sessions, conversations, the log
// entries of each conversation, their limits, and the errors that callers see.
// It imports no framework and no driver.
package chat
