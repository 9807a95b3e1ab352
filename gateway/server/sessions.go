package server

import (
	"context"
	"time"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/gather"
)

// Sessions looks up sessions.
type Sessions interface {
	// SessionsByID leaves out unknown ids; revoked and expired ones are found; at most 1,000 ids.
	SessionsByID(ctx context.Context, ids []chat.SessionID) ([]chat.Session, error)
}

const (
	// sessionsRest is how long nothing is asked after an answer: when thousands connect at once, the database is asked some hundred
	// times. A socket has time.
	sessionsRest = 4 * time.Millisecond
	// sessionsBatch is how many sessions one question is about at most.
	sessionsBatch = 500
)

// looks asks for the sessions of all who connect at the same time.
type looks = gather.Questions[chat.SessionID, chat.Session]

func newLooks(sessions Sessions) *looks {
	return gather.New(gather.Options[chat.SessionID, chat.Session]{
		Most: sessionsBatch, Rest: sessionsRest,
		Ask: func(ctx context.Context, ids []chat.SessionID) (map[chat.SessionID]chat.Session, error) {
			ctx, cancel := context.WithTimeout(ctx, entryTimeout)
			defer cancel()
			found, err := sessions.SessionsByID(ctx, ids)
			byID := make(map[chat.SessionID]chat.Session, len(found))
			for _, s := range found {
				byID[s.ID] = s
			}
			return byID, err //nolint:wrapcheck // logged by who asked
		},
	})
}
