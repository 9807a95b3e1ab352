package check

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/loadtest/client"
)

// readers is how many logs are read at the same time.
const readers = 8

// ServerLogs reads the logs of conversations from their beginning, each as one of its members, and tries again as b says, after
// it has told failed (nil for nobody).
func ServerLogs(ctx context.Context, members map[string]*client.Session, b client.Backoff, failed func(error)) ([]Log, error) {
	var mu sync.Mutex // guards logs
	var logs []Log
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for id, member := range members {
		group.Go(func() error {
			var events []client.Event
			err := client.Retry(ctx, b, failed, func(ctx context.Context) (err error) {
				events, err = member.AllEvents(ctx, id, 0)
				return err
			})
			if err != nil {
				return fmt.Errorf("read the log of %s: %w", id, err)
			}
			mu.Lock()
			defer mu.Unlock()
			logs = append(logs, Log{Holder: Server, ConversationID: id, Entries: Entries(events)})
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err //nolint:wrapcheck // it says which log
	}
	return logs, nil
}
