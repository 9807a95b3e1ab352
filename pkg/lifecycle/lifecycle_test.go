package lifecycle_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/lifecycle"
)

func TestLastInFirstOut(t *testing.T) {
	var (
		stack lifecycle.Stack
		order []string
	)
	first, third := errors.New("broken"), errors.New("broken too")
	step := func(name string, err error) {
		stack.Add(name, func(context.Context) error {
			order = append(order, name)
			return err
		})
	}
	step("one", first)
	step("two", nil)
	step("three", third)
	err := stack.Close(t.Context())
	require.Equal(t, []string{"three", "two", "one"}, order, "also after one failed")
	require.ErrorIs(t, err, first)
	require.ErrorIs(t, err, third)
	require.ErrorContains(t, err, "one: broken")
	require.ErrorContains(t, err, "three: broken too")

	require.NoError(t, stack.Close(t.Context()), "each step runs once")
	require.Len(t, order, 3)
}

func TestStepsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			stack lifecycle.Stack
			ran   bool
		)
		hang := func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}
		stack.Add("last", func(context.Context) error {
			ran = true
			return nil
		})
		stack.Add("default", hang)
		stack.AddTimeout("own", time.Minute, hang)
		start := time.Now()
		require.ErrorIs(t, stack.Close(t.Context()), context.DeadlineExceeded)
		require.Equal(t, time.Minute+lifecycle.StepTimeout, time.Since(start))
		require.True(t, ran, "a step that hangs doesn't keep others from running")

		stack.AddTimeout("long", time.Hour, hang)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		require.Error(t, stack.Close(ctx))
		require.Equal(t, time.Second, time.Since(start), "the whole is bounded by its context")
	})
}
