package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/loadtest/check"
	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/pkg/chat"
)

// hotSenders is how many people write into one group at the same time, half of them through each API node.
const hotSenders = 200

// errBroken says that the hot conversation's log is not what was sent.
var errBroken = errors.New("the log is not what was sent")

func hotFigures() []Figure {
	return []Figure{
		{Name: "hot conversation: 200 senders, two API nodes", Unit: apiCPU},
		{Name: "hot conversation: sends", Unit: "a second"},
		{Name: "hot conversation: p99 of a send", Unit: millis},
	}
}

// hot has 200 people write into one group, each the next message when the last one is acknowledged. Afterwards the log is read
// and held against what was sent: nothing lost, doubled, altered, out of order, and no hole.
func (r *rig) hot(addresses []string) measure {
	return func(ctx context.Context) ([]float64, error) {
		people := r.owners[:hotSenders]
		ids := make([]string, len(people))
		for i, p := range people {
			ids[i] = p.User().ID
		}
		group, err := people[0].Group(ctx, "Hot", ids[1:]...)
		if err != nil {
			return nil, fmt.Errorf("group: %w", err)
		}
		time.Sleep(time.Duration(chat.RoomGrace) * time.Millisecond) // until it goes to its room, as any that is not new does
		var sent []check.Sent
		var took time.Duration
		v, err := r.cost(addresses, func() (int64, error) {
			began := time.Now()
			sent, err = r.writeAll(ctx, people, group.ID)
			took = time.Since(began)
			return int64(len(sent)), err
		})
		if err != nil {
			return nil, err
		}
		logs, err := check.ServerLogs(ctx, map[string]*client.Session{group.ID: people[0]}, client.Backoff{First: time.Second, Max: time.Second}, nil)
		if err != nil {
			return nil, err //nolint:wrapcheck // says what it is
		}
		// Only the server's log is looked at, as one member reads it.
		logs = append(logs, check.Log{Holder: ids[0], ConversationID: group.ID, Entries: logs[0].Entries})
		if report := check.Logs(map[string][]string{group.ID: ids[:1]}, sent, logs); report.Violations() > 0 {
			return nil, fmt.Errorf("%w: %s", errBroken, report)
		}
		late := make([]time.Duration, len(sent))
		for i, m := range sent {
			late[i] = m.Acknowledged.Sub(m.Started)
		}
		slices.Sort(late)
		return []float64{v, float64(len(sent)) / took.Seconds(), quantile(late, 99)}, nil
	}
}

func (r *rig) writeAll(ctx context.Context, people []*client.Session, conversation string) ([]check.Sent, error) {
	var mu sync.Mutex // guards sent
	var sent []check.Sent
	group, ctx := errgroup.WithContext(ctx)
	for i, p := range people {
		p := p.Via(r.clients[i%len(r.clients)])
		group.Go(func() error {
			for began := time.Now(); time.Since(began) < r.Duration; {
				id := fmt.Sprintf("%d-%d", i, time.Now().UnixNano())
				m := check.Sent{ConversationID: conversation, SenderID: p.User().ID, ClientID: id, Text: textOf(id), Started: time.Now()}
				got, _, err := p.Send(ctx, conversation, client.NewMessage{ClientID: id, Text: m.Text})
				if err != nil {
					return err //nolint:wrapcheck // named by the caller
				}
				m.Acknowledged, m.MessageID, m.Seq = time.Now(), got.ID, got.Seq
				mu.Lock()
				sent = append(sent, m)
				mu.Unlock()
			}
			return nil
		})
	}
	err := group.Wait()
	return sent, err
}
