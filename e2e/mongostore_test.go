package e2e_test

import (
	"testing"

	"github.com/parley-chat/parley/e2e/ferret"
	"github.com/parley-chat/parley/pkg/mongotest"
)

// TestMongoStore holds mongostore to the contract of stores over the real wire.
func TestMongoStore(t *testing.T) {
	mongotest.Run(t, ferret.Start(t), map[string]string{
		"of two rotations at once one wins":               ferret.LosesUpdates,
		"a read position under concurrency":               ferret.LosesUpdates,
		"heads under concurrency":                         ferret.LosesUpdates,
		"changes from two nodes leave nothing to healing": ferret.LosesUpdates,
	})
}
