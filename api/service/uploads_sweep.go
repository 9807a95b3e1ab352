package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-chat/parley/pkg/chat"
)

const (
	// sweepBatch is how many uploads are looked at in one question.
	sweepBatch = 100
	// sweepAgain is after what time an upload is tried again whose removal failed, or whose node died: longer than a batch takes.
	sweepAgain = 15 * time.Minute
	// sweepRemoval bounds the removal of one file from the store of files.
	sweepRemoval = 5 * time.Second
)

// Sweep removes uploads that nothing refers to, and that are due: the file first, then what is known of it, so that a file that
// is known of no more is gone. Any number of nodes may do it at once. It tells how many it removed; what could not be is
// tried again later. The error is that of the first failure, and the rest is done all the same.
func (s *Uploads) Sweep(ctx context.Context) (removed int, err error) {
	for seen := sweepBatch; seen == sweepBatch; {
		var unused []chat.Upload
		var failed error
		now := s.now()
		unused, seen, failed = s.store.TakeUnused(ctx, chat.TimeOf(now), chat.TimeOf(now.Add(sweepAgain)), sweepBatch)
		if failed != nil {
			return removed, errors.Join(err, fmt.Errorf("take unused uploads: %w", failed))
		}
		for _, u := range unused {
			if ctx.Err() != nil {
				return removed, fmt.Errorf("sweep uploads: %w", ctx.Err())
			}
			if failed := s.sweep(ctx, u); failed != nil {
				s.swept.WithLabelValues("failed").Inc()
				if err == nil {
					err = fmt.Errorf("upload %s: %w", u.ID, failed)
				}
				continue
			}
			s.swept.WithLabelValues("removed").Inc()
			removed++
		}
	}
	return removed, err
}

func (s *Uploads) sweep(ctx context.Context, u chat.Upload) error {
	bounded, cancel := context.WithTimeout(ctx, sweepRemoval)
	defer cancel()
	if err := s.deleteMedia(bounded, u.Attachment); err != nil {
		return err
	}
	return s.store.DeleteUpload(ctx, u.ID) //nolint:wrapcheck // by the caller
}
