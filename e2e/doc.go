// Package e2e holds the tests that need more than one module, or a server that no module ships
// with: they look at Parley from outside.
package e2e
