package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/loadtest/client"
	"github.com/parley-chat/parley/pkg/mongostore"
	"github.com/parley-chat/parley/pkg/sqlitestore"
)

const (
	// askers is how many ask at the same time.
	askers = 8
	// devicesOpened is how many sockets of one person are opened, one after the other, to see what that costs.
	devicesOpened = 500
	// away is how many entries somebody misses who was away for a day.
	away = 100
)

// ask has several ask one thing after the other: what each has used for one of them, in microseconds of processor time, and how many
// milliseconds it took.
func (r *rig) ask(ctx context.Context, all *meters, question func(ctx context.Context) error) (each []float64, ms float64, err error) {
	var done atomic.Int64
	spent, took, err := all.during(func() error {
		group, ctx := errgroup.WithContext(ctx)
		for range askers {
			group.Go(func() error {
				for began := time.Now(); time.Since(began) < r.Duration; done.Add(1) {
					if err := question(ctx); err != nil {
						return err
					}
				}
				return nil
			})
		}
		return group.Wait() //nolint:wrapcheck // by the caller
	})
	if err != nil {
		return nil, 0, err
	}
	for _, seconds := range spent {
		each = append(each, seconds*micro/float64(done.Load()))
	}
	return each, took.Seconds() * 1000 * askers / float64(done.Load()), nil
}

// conversationTable is of one person with more and more conversations.
func (o GrowthOptions) conversationTable() growing {
	return growing{
		GrowthTable: GrowthTable{Name: "conversations", Size: "conversations of a person", Columns: []string{
			"list, first page, µs API CPU", "sync, nothing new, µs API CPU", "of it a conversation", "unread count, µs API CPU", "of it a conversation", "connect, µs gateway CPU",
		}},
		sizes: o.Conversations,
		rig: func(ctx context.Context) (*rig, error) {
			return o.newRig(ctx, 1, 1, func(r *rig) (err error) {
				if r.owners, err = r.signUp(ctx, len(o.Conversations)+companions); err != nil {
					return err
				}
				return r.hold(1)
			}, "PARLEY_MAX_SOCKETS_PER_USER=1000")
		},
		row: func(ctx context.Context, r *rig, size int) ([]float64, error) {
			return r.conversationRow(ctx, r.owners[companions+slices.Index(o.Conversations, size)], size)
		},
	}
}

func (r *rig) conversationRow(ctx context.Context, person *client.Session, size int) (values []float64, err error) {
	store, err := sqlitestore.Open(ctx, r.cluster.Database())
	if err != nil {
		return nil, fmt.Errorf("fill: %w", err)
	}
	have, err := makeConversations(ctx, store, person, r.owners[:companions], size)
	if err := errors.Join(err, store.Close(ctx)); err != nil {
		return nil, fmt.Errorf("fill: %w", err)
	}
	api, err := newMeters(r.Duration, processes(r.cluster.APIOps(1)))
	if err != nil {
		return nil, err
	}
	for _, q := range []struct {
		perOne bool
		ask    func(ctx context.Context) error
	}{
		{false, func(ctx context.Context) error { return listPage(ctx, person, min(size, historyPage)) }},
		{true, func(ctx context.Context) error { return syncOf(ctx, person, have, 0) }},
		{true, func(ctx context.Context) error { _, err := person.Unread(ctx); return err }}, //nolint:wrapcheck // by the caller
	} {
		each, _, err := r.ask(ctx, api, q.ask)
		if err != nil {
			return nil, err
		}
		values = append(values, each[0])
		if q.perOne {
			values = append(values, each[0]/float64(size))
		}
	}
	gateway, err := newMeters(r.Duration, processes(r.cluster.GatewayOps(1)))
	if err != nil {
		return nil, err
	}
	targets := slices.Repeat([]Target{{Address: r.cluster.Gateway(1), Token: person.AccessToken()}}, devicesOpened)
	connects, _, err := gateway.during(func() error { return r.holders.open(targets) })
	if err != nil {
		return nil, err
	}
	return append(values, connects[0]*micro/devicesOpened), r.holders.close()
}

var errWrong = errors.New("the answer is not what it should be")

func listPage(ctx context.Context, s *client.Session, want int) error {
	page, _, err := s.ConversationsPage(ctx, "", historyPage)
	if err == nil && len(page) != want {
		err = fmt.Errorf("%w: a list of %d, should be %d", errWrong, len(page), want)
	}
	return err //nolint:wrapcheck // by the caller
}

func syncOf(ctx context.Context, s *client.Session, have map[string]int64, want int) error {
	got, err := s.Sync(ctx, have)
	events := 0
	for _, some := range got.Events {
		events += len(some)
	}
	if err == nil && (events != want || got.ResetAll || len(got.Reset) > 0) {
		err = fmt.Errorf("%w: a sync of %d events, should be %d", errWrong, events, want)
	}
	return err //nolint:wrapcheck // by the caller
}

// historyTable is of a conversation that becomes longer and longer, with SQLite in the API node.
func (o GrowthOptions) historyTable() growing {
	return growing{
		GrowthTable: GrowthTable{Name: "history, SQLite", Size: "messages", Columns: append(historyColumns("%s, µs API CPU"), historyColumns("%s, ms")...)},
		sizes:       o.History,
		rig: func(ctx context.Context) (*rig, error) {
			return o.newRig(ctx, 1, 1, func(r *rig) (err error) {
				r.owners, err = r.signUp(ctx, 2*len(o.History))
				return err
			})
		},
		row: func(ctx context.Context, r *rig, size int) ([]float64, error) {
			store, err := sqlitestore.Open(ctx, r.cluster.Database())
			if err != nil {
				return nil, fmt.Errorf("fill: %w", err)
			}
			i := 2 * slices.Index(o.History, size)
			return r.historyRow(ctx, store, r.owners[i:i+2], size, 2000)
		},
	}
}

// storedTable is the same over MongoDB's wire protocol, with the database in a process of its own.
func (o GrowthOptions) storedTable() growing {
	var d *database
	return growing{
		GrowthTable: GrowthTable{Name: "history, FerretDB", Size: "messages", Columns: slices.Concat(
			historyColumns("%s, µs API CPU"), historyColumns("%s, µs FerretDB CPU"), historyColumns("%s, ms"))},
		sizes: o.Stored,
		rig: func(ctx context.Context) (_ *rig, err error) {
			if d, err = startDatabase(o.Store); err != nil {
				return nil, err
			}
			r, err := o.newRig(ctx, 1, 1, func(r *rig) (err error) {
				r.closers = append([]func(){d.stop}, r.closers...)
				r.owners, err = r.signUp(ctx, 2*len(o.Stored))
				return err
			}, "PARLEY_DATABASE_URL="+d.uri)
			if err != nil {
				d.stop()
			}
			return r, err
		},
		row: func(ctx context.Context, r *rig, size int) ([]float64, error) {
			store, err := mongostore.Open(ctx, d.uri, mongostore.Options{})
			if err != nil {
				return nil, fmt.Errorf("fill: %w", err)
			}
			i := 2 * slices.Index(o.Stored, size)
			return r.historyRow(ctx, store, r.owners[i:i+2], size, 100, process(d.cmd.Process.Pid))
		},
	}
}

func historyColumns(form string) (columns []string) {
	for _, name := range []string{"last page", "page in the middle", fmt.Sprintf("sync of %d", away), "list of one", "send"} {
		columns = append(columns, strings.Replace(form, "%s", name, 1))
	}
	return columns
}

func (r *rig) historyRow(ctx context.Context, store filled, people []*client.Session, size, batch int, others ...meter) ([]float64, error) {
	began := time.Now()
	id, err := makeHistory(ctx, store, people, size, batch)
	if err := errors.Join(err, store.Close(ctx)); err != nil {
		return nil, fmt.Errorf("fill: %w", err)
	}
	fmt.Fprintf(r.Progress, "%d messages written in %s\n", size, time.Since(began).Round(time.Second))
	all, err := newMeters(r.Duration, append([]meter{processes(r.cluster.APIOps(1))}, others...)...)
	if err != nil {
		return nil, err
	}
	person := people[0]
	page := func(before int64) func(context.Context) error {
		return func(ctx context.Context) error {
			got, err := person.History(ctx, id, before, historyPage)
			if err == nil && len(got.Messages) != historyPage {
				err = fmt.Errorf("%w: a page of %d", errWrong, len(got.Messages))
			}
			return err //nolint:wrapcheck // by the caller
		}
	}
	var sent atomic.Int64
	columns := make([][]float64, len(all.all)+1)
	for _, question := range []func(context.Context) error{
		page(0),
		page(int64(size / 2)),
		func(ctx context.Context) error {
			return syncOf(ctx, person, map[string]int64{id: int64(size + 1 - away)}, away)
		},
		func(ctx context.Context) error { return listPage(ctx, person, 1) },
		func(ctx context.Context) error {
			clientID := fmt.Sprint("grown-", sent.Add(1))
			_, _, err := person.Send(ctx, id, client.NewMessage{ClientID: clientID, Text: textOf(clientID)})
			return err //nolint:wrapcheck // by the caller
		},
	} {
		each, ms, err := r.ask(ctx, all, question)
		if err != nil {
			return nil, err
		}
		for i, v := range append(each, ms) {
			columns[i] = append(columns[i], v)
		}
	}
	return slices.Concat(columns...), nil
}
