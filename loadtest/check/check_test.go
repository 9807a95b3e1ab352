package check_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/check"
)

// run is a run in which all went well, for a test to spoil.
type run struct {
	members map[string][]string
	sent    []check.Sent
	logs    []check.Log
}

const messages = 5

// good has two conversations of two, five messages each, one of them not acknowledged but there, and another one not
// acknowledged and not there.
func good() *run {
	r := &run{members: map[string][]string{"c1": {"ann", "bob"}, "c2": {"cy", "dee"}}}
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, id := range []string{"c1", "c2"} {
		entries := []check.Entry{{Seq: 1, ConversationID: id}}
		for i := range messages {
			s := check.Sent{
				ConversationID: id, SenderID: r.members[id][i%2], ClientID: fmt.Sprint("k", i), Text: fmt.Sprint("text ", i),
				Started: began.Add(time.Duration(i) * time.Second), Seq: int64(i + 2), MessageID: fmt.Sprint(id, "-m", i),
			}
			entries = append(entries, check.Entry{
				Seq: s.Seq, ConversationID: id, MessageID: s.MessageID, SenderID: s.SenderID, ClientID: s.ClientID, Text: s.Text,
			})
			s.Acknowledged = s.Started.Add(100 * time.Millisecond)
			if i == 2 {
				s.Acknowledged, s.Seq, s.MessageID = time.Time{}, 0, ""
			}
			r.sent = append(r.sent, s)
		}
		r.sent = append(r.sent, check.Sent{ConversationID: id, SenderID: r.members[id][0], ClientID: "never arrived"})
		for _, holder := range append([]string{check.Server}, r.members[id]...) {
			r.logs = append(r.logs, check.Log{Holder: holder, ConversationID: id, Entries: slices.Clone(entries)})
		}
	}
	return r
}

func (r *run) log(holder, conversation string) *check.Log {
	for i := range r.logs {
		if r.logs[i].Holder == holder && r.logs[i].ConversationID == conversation {
			return &r.logs[i]
		}
	}
	return nil
}

// everywhere changes the log of c1 at the server and both members.
func (r *run) everywhere(change func(*check.Log)) {
	for _, holder := range []string{check.Server, "ann", "bob"} {
		change(r.log(holder, "c1"))
	}
}

func renumber(l *check.Log) {
	for i := range l.Entries {
		l.Entries[i].Seq = int64(i + 1)
	}
}

func TestChecker(t *testing.T) {
	cases := map[string]struct {
		spoil func(*run)
		want  check.Report
	}{
		"all is well": {spoil: func(*run) {}},
		"a member lacks the last message": {
			spoil: func(r *run) { l := r.log("ann", "c1"); l.Entries = l.Entries[:len(l.Entries)-1] },
			want:  check.Report{Lost: 1},
		},
		"a member lacks one in the middle": {
			spoil: func(r *run) { l := r.log("ann", "c1"); l.Entries = slices.Delete(l.Entries, 2, 3) },
			want:  check.Report{Lost: 1, Holes: 1},
		},
		"a member's log is missing": {
			spoil: func(r *run) {
				*r.log("ann", "c1") = check.Log{ConversationID: "c1", Holder: "bob", Entries: r.log("bob", "c1").Entries}
			},
			want: check.Report{Lost: 4},
		},
		"the server forgot the last message": {
			spoil: func(r *run) { r.everywhere(func(l *check.Log) { l.Entries = l.Entries[:len(l.Entries)-1] }) },
			want:  check.Report{Lost: 3},
		},
		"an unacknowledged one may be missing everywhere": {
			spoil: func(r *run) {
				r.everywhere(func(l *check.Log) { l.Entries = slices.Delete(l.Entries, 3, 4); renumber(l) })
				for i := range r.sent { // what came after it was acknowledged one place earlier
					if r.sent[i].ConversationID == "c1" && r.sent[i].Seq > 4 {
						r.sent[i].Seq--
					}
				}
			},
		},
		"a retry made a second message": {
			spoil: func(r *run) {
				r.everywhere(func(l *check.Log) {
					again := l.Entries[1]
					again.MessageID, again.Seq = "again", int64(len(l.Entries)+1)
					l.Entries = append(l.Entries, again)
				})
			},
			want: check.Report{Duplicated: 3},
		},
		"so did one that was never acknowledged": {
			spoil: func(r *run) {
				r.everywhere(func(l *check.Log) {
					again := l.Entries[3]
					again.MessageID, again.Seq = "again", int64(len(l.Entries)+1)
					l.Entries = append(l.Entries, again)
				})
			},
			want: check.Report{Duplicated: 3},
		},
		"a member shows an entry twice": {
			spoil: func(r *run) { l := r.log("ann", "c1"); l.Entries = append(l.Entries, l.Entries[len(l.Entries)-1]) },
			want:  check.Report{Duplicated: 1, OutOfOrder: 1},
		},
		"a member has two the other way round": {
			spoil: func(r *run) {
				l := r.log("bob", "c1")
				l.Entries[1], l.Entries[2] = l.Entries[2], l.Entries[1]
				renumber(l)
			},
			want: check.Report{OutOfOrder: 4}, // two against the acknowledgement, the same two against the server
		},
		"the server has two the other way round": {
			spoil: func(r *run) {
				r.everywhere(func(l *check.Log) { l.Entries[1], l.Entries[2] = l.Entries[2], l.Entries[1]; renumber(l) })
				for i := range r.sent[:2] { // and says so
					r.sent[i].Seq = int64(3 - i)
				}
			},
			want: check.Report{OutOfOrder: 1},
		},
		"an entry comes out of its place": {
			spoil: func(r *run) { l := r.log("bob", "c1"); l.Entries[1], l.Entries[2] = l.Entries[2], l.Entries[1] },
			want:  check.Report{OutOfOrder: 1, Holes: 1},
		},
		"a message that nobody sent": {
			spoil: func(r *run) {
				r.everywhere(func(l *check.Log) {
					l.Entries = append(l.Entries, check.Entry{Seq: 7, ConversationID: "c1", MessageID: "x", SenderID: "ann", ClientID: "x"})
				})
			},
			want: check.Report{Foreign: 3},
		},
		"a message under another's name": {
			spoil: func(r *run) { r.log("bob", "c1").Entries[1].SenderID = "bob" },
			want:  check.Report{Foreign: 1, Lost: 1},
		},
		"an entry of another conversation": {
			spoil: func(r *run) { r.log("bob", "c1").Entries[5] = r.log("cy", "c2").Entries[5] },
			want:  check.Report{Foreign: 1, Lost: 1, OutOfOrder: 1},
		},
		"a whole conversation of others": {
			spoil: func(r *run) {
				r.logs = append(r.logs, check.Log{Holder: "cy", ConversationID: "c1", Entries: r.log("ann", "c1").Entries})
			},
			want: check.Report{Foreign: 1},
		},
		"a log of somebody who has left may end early": {
			spoil: func(r *run) {
				r.logs = append(r.logs, check.Log{Holder: "cy", ConversationID: "c1", Entries: r.log("ann", "c1").Entries[:3], Left: true})
			},
		},
		"but has no hole, and what is there is in order": {
			spoil: func(r *run) {
				entries := slices.Clone(r.log("ann", "c1").Entries[:4])
				entries[1], entries[2] = entries[2], entries[1]
				r.logs = append(r.logs, check.Log{Holder: "cy", ConversationID: "c1", Entries: entries, Left: true})
			},
			want: check.Report{OutOfOrder: 1, Holes: 1},
		},
		"a text was changed": {
			spoil: func(r *run) { r.log("bob", "c1").Entries[1].Text += "!" },
			want:  check.Report{Altered: 1},
		},
		"the log has a hole": {
			spoil: func(r *run) {
				r.everywhere(func(l *check.Log) { l.Entries[5].Seq = 9 })
				r.sent[4].Seq = 9
			},
			want: check.Report{Holes: 3},
		},
		"the acknowledgement named another message": {
			spoil: func(r *run) { r.sent[0].MessageID = "other" },
			want:  check.Report{OutOfOrder: 3},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := good()
			c.spoil(r)
			got := check.Logs(r.members, r.sent, r.logs)
			details := got.Details
			got.Details = nil
			require.Equal(t, &c.want, got, "%v", details)
			require.Equal(t, got.Violations() > 0, len(details) > 0)
		})
	}
}

func TestReportDescribesOnlyTheFirst(t *testing.T) {
	r := good()
	for range 100 {
		l := r.log(check.Server, "c1")
		l.Entries = append(l.Entries, check.Entry{Seq: int64(len(l.Entries) + 1), ConversationID: "c1", SenderID: "ann", ClientID: "x"})
	}
	got := check.Logs(r.members, r.sent, r.logs)
	require.Equal(t, 100, got.Foreign)
	require.Len(t, got.Details, 50)
	require.Contains(t, got.String(), "100 foreign")
}

func TestEveryDeviceOfAUserIsChecked(t *testing.T) {
	r := good()
	second := *r.log("bob", "c1")
	second.Entries = second.Entries[:len(second.Entries)-1]
	r.logs = append(r.logs, second)
	require.Equal(t, 1, check.Logs(r.members, r.sent, r.logs).Lost)
}
