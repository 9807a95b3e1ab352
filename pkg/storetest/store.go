// Package storetest holds the contract that every store keeps, as one test suite that runs
// against each of them.
package storetest

import "github.com/parley-chat/parley/pkg/store"

// Store is what the suite tests.
type Store = store.Store
