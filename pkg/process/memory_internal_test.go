package process

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

// burst leaves much more free than is worth returning.
func burst() {
	var all [][]byte
	for range 64 {
		all = append(all, make([]byte, 1<<20))
	}
	runtime.KeepAlive(all)
}

func TestMemoryOfABurstIsReturned(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // so that what is left lies there
	var r returner
	require.False(t, r.look(), "nothing is known at first")
	burst()
	require.False(t, r.look(), "what was just needed is kept")
	_, spare := heap()
	require.Greater(t, spare, uint64(worthReturning))
	require.True(t, r.look())
	_, spare = heap()
	require.Less(t, spare, uint64(worthReturning))
	require.False(t, r.look(), "there is nothing left to return")
}
