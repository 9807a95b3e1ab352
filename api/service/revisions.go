package service

import (
	"context"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/gather"
)

// revisions tells of conversations whether the log has a revision above a known one.
type revisions struct {
	*gather.Questions[revision, bool]
}

func newRevisions(store revisedStore) revisions {
	return revisions{gather.New(gather.Options[revision, bool]{Most: mostAsked, Ask: revisedAmong(store)})}
}

type revisedStore interface {
	Revised(ctx context.Context, known map[chat.ConversationID]int64) ([]chat.ConversationID, error)
}

// revision is one of a conversation's.
type revision struct {
	id     chat.ConversationID
	number int64
}

// above tells whether the log of a conversation has a revision above a known one. If not, the conversation and its members are as
// they were then; if so, what is derived from it is there.
func (r revisions) above(ctx context.Context, id chat.ConversationID, known int64) (bool, error) {
	changed, _, err := r.Ask(ctx, revision{id, known})
	return changed, err
}

// revisedAmong asks about the lowest of several revisions of one conversation. Who knows a higher one may be told of the one that they
// know, and look again.
func revisedAmong(store revisedStore) func(context.Context, []revision) (map[revision]bool, error) {
	return func(ctx context.Context, known []revision) (map[revision]bool, error) {
		lowest := make(map[chat.ConversationID]int64, len(known))
		for _, r := range known {
			if before, ok := lowest[r.id]; !ok || r.number < before {
				lowest[r.id] = r.number
			}
		}
		changed, err := store.Revised(ctx, lowest)
		if err != nil {
			return nil, err //nolint:wrapcheck // by who asked
		}
		above := make(map[chat.ConversationID]bool, len(changed))
		for _, id := range changed {
			above[id] = true
		}
		revised := make(map[revision]bool, len(known))
		for _, r := range known {
			revised[r] = above[r.id]
		}
		return revised, nil
	}
}
