package process

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// returnEvery is how often ReturnMemory looks.
	returnEvery = 10 * time.Second
	// worthReturning is how much spare memory is worth a collection: that costs some ten milliseconds of a processor.
	worthReturning = 8 << 20
)

// ReturnMemory gives memory back to the operating system that the process no longer needs, until ctx ends. After thousands of
// connects the heap has room for what they took on the way, which Go's own scavenger keeps for the next ones: up to a third of
// what an idle gateway holds. It is left alone while the process allocates more than half of it between two looks.
func ReturnMemory(ctx context.Context) {
	ticker := time.NewTicker(returnEvery)
	defer ticker.Stop()
	var r returner
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			r.look()
		}
	}
}

// returner remembers the last look; the zero value has had none.
type returner struct{ allocated uint64 }

// look gives back what is free or garbage if it is much, and was not needed since the last look. It tells whether it did.
func (r *returner) look() bool {
	allocated, spare := heap()
	calm := r.allocated > 0 && allocated-r.allocated < spare/2
	r.allocated = allocated
	if spare < worthReturning || !calm {
		return false
	}
	debug.FreeOSMemory()
	return true
}

// heap tells how many bytes were ever allocated, and how many are free or were not in use at the last collection.
func heap() (allocated, spare uint64) {
	samples := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/gc/heap/live:bytes"},
	}
	metrics.Read(samples)
	free, objects, live := samples[1].Value.Uint64(), samples[2].Value.Uint64(), samples[3].Value.Uint64()
	return samples[0].Value.Uint64(), free + objects - min(objects, live)
}
