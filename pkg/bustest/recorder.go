package bustest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/bus"
)

const (
	// patience is how long a test waits for what must happen; it ends the wait only when it fails.
	patience = 20 * time.Second
	step     = 2 * time.Millisecond
)

// Recorder is a handler that remembers all it hears.
type Recorder struct {
	mu       sync.Mutex // guards the following
	heard    map[bus.Channel][]string
	total    int
	lost     []error
	restored int
	down     bool
}

// NewRecorder makes an empty one.
func NewRecorder() *Recorder { return &Recorder{heard: map[bus.Channel][]string{}} }

// Deliver remembers a copy of the payload.
func (r *Recorder) Deliver(c bus.Channel, payload []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard[c] = append(r.heard[c], string(payload))
	r.total++
}

// Lost remembers the reason.
func (r *Recorder) Lost(reason error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = append(r.lost, reason)
	r.down = true
}

// Restored counts.
func (r *Recorder) Restored() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.restored++
	r.down = false
}

// Heard is what came on c so far, in order.
func (r *Recorder) Heard(c bus.Channel) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.heard[c])
}

// Total is how many messages came.
func (r *Recorder) Total() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.total
}

// Breaks are how often Lost and Restored came.
func (r *Recorder) Breaks() (lost, restored int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.lost), r.restored
}

// Down tells whether Lost has come since the last Restored.
func (r *Recorder) Down() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.down
}

// Reasons are those that Lost was called with.
func (r *Recorder) Reasons() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.lost)
}

// Await fails the test unless exactly these payloads come on c, in this order.
func (r *Recorder) Await(t testing.TB, c bus.Channel, want ...string) {
	t.Helper()
	Eventually(t, func() bool { return len(r.Heard(c)) >= len(want) }, "not all messages came")
	require.Equal(t, want, r.Heard(c))
}

// Eventually fails the test unless cond becomes true within a generous time.
func Eventually(t testing.TB, cond func() bool, what string) {
	t.Helper()
	require.Eventually(t, cond, patience, step, what)
}
