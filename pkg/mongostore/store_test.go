package mongostore_test

import (
	"os"
	"testing"

	"github.com/parley-chat/parley/pkg/mongotest"
)

// TestContract needs a real MongoDB. e2e runs the same suite everywhere, against FerretDB.
func TestContract(t *testing.T) {
	uri := os.Getenv("PARLEY_TEST_MONGO_URI")
	if uri == "" {
		t.Skip("PARLEY_TEST_MONGO_URI names no MongoDB server")
	}
	mongotest.Run(t, uri, nil)
}
