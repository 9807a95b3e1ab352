// Package lifecycle undoes what a process set up: named steps, last in first out, each
// bounded in time.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// StepTimeout bounds one step that was added without a bound of its own.
const StepTimeout = 10 * time.Second

type step struct {
	name    string
	timeout time.Duration
	run     func(context.Context) error
}

// Stack is a list of clean-up steps. The zero value is ready to use.
type Stack struct {
	mu    sync.Mutex
	steps []step // guarded by mu
}

// Add puts a step on top, bounded by StepTimeout.
func (s *Stack) Add(name string, run func(context.Context) error) {
	s.AddTimeout(name, StepTimeout, run)
}

// AddTimeout puts a step on top with its own bound.
func (s *Stack) AddTimeout(name string, timeout time.Duration, run func(context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = append(s.steps, step{name, timeout, run})
}

// Close runs all steps, last in first out, also after one failed, and empties the stack. The error
// joins those of the steps, each with its name. ctx bounds the whole.
func (s *Stack) Close(ctx context.Context) error {
	s.mu.Lock()
	steps := slices.Clone(s.steps)
	s.steps = nil
	s.mu.Unlock()

	var errs []error
	for _, st := range slices.Backward(steps) {
		stepCtx, cancel := context.WithTimeout(ctx, st.timeout)
		if err := st.run(stepCtx); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", st.name, err))
		}
		cancel()
	}
	return errors.Join(errs...)
}
