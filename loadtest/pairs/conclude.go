package pairs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/loadtest/check"
	"github.com/parley-chat/parley/loadtest/client"
)

const (
	// pollEvery is how often it is looked whether everybody has everything.
	pollEvery = 100 * time.Millisecond
	// readers is how many logs are read at the same time.
	readers = 8
)

// conclude waits until it is quiet, collects every log, and checks them.
func (s *scenario) conclude(ctx context.Context, wrote time.Duration) (*Result, error) {
	result := &Result{Users: s.Users, Seconds: wrote.Seconds()}
	sent := s.book.all()
	s.say("waiting until everybody has everything")
	result.Unheard = s.awaitQuiet(sent)
	// What was delivered by itself is known now; what follows only serves the check.
	s.book.fill(result)
	replicas, err := s.replicas(ctx)
	if err != nil {
		return nil, errors.Join(errUnsettled, err)
	}
	// The server's log is read last, so that it has all that replicas have.
	s.say("reading the server's log of %d conversations", s.Users/2)
	server, err := s.serverLogs(ctx)
	if err != nil {
		return nil, errors.Join(errUnsettled, err)
	}
	members := map[string][]string{}
	for _, p := range s.people {
		members[p.conversation] = append(members[p.conversation], p.id)
		stats := p.device.Stats()
		result.Reconnects += stats.Reconnects
		result.Moves += stats.Moves
		result.Resyncs += stats.Resyncs
		result.RawDuplicates += stats.RawDuplicates
		result.Conflicts += stats.Conflicts
		result.LongestGap = max(result.LongestGap, float64(stats.LongestGap.Milliseconds()))
	}
	result.Report = *check.Logs(members, sent, append(server, replicas...))
	return result, nil
}

// awaitQuiet waits until every device has every acknowledged message of its conversation, without asking for any. It
// returns how many are still unheard of when the time is over.
func (s *scenario) awaitQuiet(sent []check.Sent) int {
	last := map[string][]int64{}
	for _, m := range sent {
		if !m.Acknowledged.IsZero() {
			last[m.ConversationID] = append(last[m.ConversationID], m.Seq)
		}
	}
	end := time.Now().Add(s.Settle)
	for {
		unheard := 0
		for _, p := range s.people {
			have := p.device.Cursors()[p.conversation]
			for _, seq := range last[p.conversation] {
				if seq > have {
					unheard++
				}
			}
		}
		if unheard == 0 || time.Now().After(end) {
			return unheard
		}
		time.Sleep(pollEvery)
	}
}

// replicas are the logs of all devices, of each conversation that they have heard of, after a last sync.
func (s *scenario) replicas(ctx context.Context) ([]check.Log, error) {
	ctx, stop := context.WithTimeout(ctx, s.Settle)
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for _, p := range s.people {
		group.Go(func() error { return p.device.CatchUp(ctx) })
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("last sync: %w", err)
	}
	var logs []check.Log
	for _, p := range s.people {
		for id := range p.device.Cursors() {
			logs = append(logs, check.Log{Holder: p.id, ConversationID: id, Entries: check.Entries(p.device.Log(id))})
		}
	}
	return logs, nil
}

// serverLogs reads every conversation from its beginning.
func (s *scenario) serverLogs(ctx context.Context) ([]check.Log, error) {
	ctx, stop := context.WithTimeout(ctx, s.Settle+s.Duration)
	defer stop()
	members := map[string]*client.Session{}
	for _, p := range s.people {
		members[p.conversation] = p.Session
	}
	return check.ServerLogs(ctx, members, sendBackoff, func(err error) { s.book.failed("read log", err) })
}
