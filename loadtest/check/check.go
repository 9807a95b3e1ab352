// Package check proves, or disproves, that what was sent arrived: each acknowledged message exactly once, in one order,
// in the server's log and in every member's replica of it, and nothing that nobody sent.
package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/loadtest/client"
)

// Sent is a message that was given to the server.
type Sent struct {
	ConversationID, SenderID, ClientID, Text string
	// Started is when the first try began.
	Started time.Time
	// Acknowledged is when the server said that it has the message; zero if it never did. MessageID and Seq are
	// what it said.
	Acknowledged time.Time
	MessageID    string
	Seq          int64
}

// Entry is an entry of a log. ClientID is empty for those that are no messages.
type Entry struct {
	Seq                                                 int64
	ConversationID, MessageID, SenderID, ClientID, Text string
}

// Log is one holder's log of a conversation.
type Log struct {
	// Holder is a user's id, or Server. A user with several devices hands in several logs.
	Holder         string
	ConversationID string
	Entries        []Entry
	// Left tells that the holder was a member once and is none now: the log has to be right as far as it goes.
	Left bool
}

// Server is the holder of the log that the others are replicas of.
const Server = "server"

// Report counts what is wrong; all zero is a pass.
type Report struct {
	// Lost are acknowledged messages that a log lacks; Duplicated are messages that a log has more than once.
	Lost       int `json:"lost"`
	Duplicated int `json:"duplicated"`
	// OutOfOrder are entries that stand elsewhere than in the server's log or than the acknowledgement said, and
	// messages that stand before one that was acknowledged before they were sent.
	OutOfOrder int `json:"outOfOrder"`
	// Foreign are messages that nobody of the conversation sent, and logs of conversations that the holder is not in.
	Foreign int `json:"foreign"`
	// Altered are messages with another text than was sent.
	Altered int `json:"altered"`
	// Holes are seqs that a log jumps over.
	Holes int `json:"holes"`
	// Details describe the first of them, one line each.
	Details []string `json:"details,omitempty"`
}

// maxDetails is how many violations are described.
const maxDetails = 50

// Violations is their sum.
func (r *Report) Violations() int {
	return r.Lost + r.Duplicated + r.OutOfOrder + r.Foreign + r.Altered + r.Holes
}

func (r *Report) String() string {
	return fmt.Sprintf("%d lost, %d duplicated, %d out of order, %d foreign, %d altered, %d holes\n%s",
		r.Lost, r.Duplicated, r.OutOfOrder, r.Foreign, r.Altered, r.Holes, strings.Join(r.Details, "\n"))
}

func (r *Report) add(counter *int, l Log, format string, args ...any) {
	*counter++
	if len(r.Details) < maxDetails {
		r.Details = append(r.Details, fmt.Sprintf("%s, at %s: ", l.ConversationID, l.Holder)+fmt.Sprintf(format, args...))
	}
}

// Logs checks all logs against what was sent. members are those of each conversation; every member must have handed in a
// log of it, and so must the server (one that is missing counts as empty).
func Logs(members map[string][]string, sent []Sent, logs []Log) *Report {
	r := &Report{}
	sentTo := map[string]map[string]Sent{}
	for _, s := range sent {
		if sentTo[s.ConversationID] == nil {
			sentTo[s.ConversationID] = map[string]Sent{}
		}
		sentTo[s.ConversationID][s.SenderID+"/"+s.ClientID] = s
	}
	given, left := map[string]map[string][]Log{}, map[string][]Log{}
	for _, l := range logs {
		if l.Left {
			left[l.ConversationID] = append(left[l.ConversationID], l)
			continue
		}
		if l.Holder != Server && !slices.Contains(members[l.ConversationID], l.Holder) {
			r.add(&r.Foreign, l, "%d entries of a conversation that the holder is not in", len(l.Entries))
			continue
		}
		if given[l.ConversationID] == nil {
			given[l.ConversationID] = map[string][]Log{}
		}
		given[l.ConversationID][l.Holder] = append(given[l.ConversationID][l.Holder], l)
	}
	for id, users := range members {
		c := conversation{Report: r, sent: sentTo[id]}
		c.server = orEmpty(given[id], id, Server)[0]
		c.check(c.server)
		c.realTime(c.server)
		for _, user := range users {
			for _, replica := range orEmpty(given[id], id, user) {
				c.check(replica)
				c.compare(replica)
			}
		}
		for _, past := range left[id] {
			c.scan(past)
			c.compare(past)
		}
	}
	slices.Sort(r.Details)
	return r
}

func orEmpty(logs map[string][]Log, conversationID, holder string) []Log {
	if l, ok := logs[holder]; ok {
		return l
	}
	return []Log{{Holder: holder, ConversationID: conversationID}}
}

// conversation checks the logs of one.
type conversation struct {
	*Report
	sent   map[string]Sent
	server Log
}

// check looks at a log by itself.
func (c *conversation) check(l Log) {
	found := c.scan(l)
	for key, s := range c.sent {
		if !s.Acknowledged.IsZero() && found[key] == 0 {
			c.add(&c.Lost, l, "message %s, acknowledged as entry %d, is missing", s.ClientID, s.Seq)
		}
	}
}

// scan looks at what is there, and counts each message.
func (c *conversation) scan(l Log) map[string]int {
	found := map[string]int{}
	next := int64(1)
	for _, e := range l.Entries {
		switch {
		case e.Seq > next:
			c.add(&c.Holes, l, "entry %d follows on entry %d", e.Seq, next-1)
		case e.Seq < next:
			c.add(&c.OutOfOrder, l, "entry %d follows on entry %d", e.Seq, next-1)
		}
		next = max(next, e.Seq+1)
		if e.ConversationID != l.ConversationID {
			c.add(&c.Foreign, l, "entry %d is of conversation %s", e.Seq, e.ConversationID)
			continue
		}
		if e.ClientID == "" {
			continue
		}
		key := e.SenderID + "/" + e.ClientID
		found[key]++
		c.message(l, e, found[key])
	}
	return found
}

// message looks at the nth appearance of a message in a log.
func (c *conversation) message(l Log, e Entry, nth int) {
	s, ok := c.sent[e.SenderID+"/"+e.ClientID]
	switch {
	case !ok:
		c.add(&c.Foreign, l, "entry %d: nobody sent message %s as user %s", e.Seq, e.ClientID, e.SenderID)
	case nth > 1:
		c.add(&c.Duplicated, l, "entry %d repeats message %s", e.Seq, e.ClientID)
	case s.Text != e.Text:
		c.add(&c.Altered, l, "entry %d: message %s has another text than was sent", e.Seq, e.ClientID)
	case !s.Acknowledged.IsZero() && (s.Seq != e.Seq || s.MessageID != e.MessageID):
		c.add(&c.OutOfOrder, l, "message %s is entry %d (%s), acknowledged as entry %d (%s)", e.ClientID, e.Seq, e.MessageID, s.Seq, s.MessageID)
	}
}

// compare holds a replica against the server's log. A replica that ends early is no disorder: what it lacks is lost.
func (c *conversation) compare(replica Log) {
	server := make(map[int64]Entry, len(c.server.Entries))
	for _, e := range c.server.Entries {
		server[e.Seq] = e
	}
	for _, e := range replica.Entries {
		if same, ok := server[e.Seq]; !ok || same.MessageID != e.MessageID {
			c.add(&c.OutOfOrder, replica, "entry %d is %q, the server's is %q", e.Seq, e.MessageID, same.MessageID)
		}
	}
}

// realTime checks that whatever was acknowledged before another was sent also stands before it.
func (c *conversation) realTime(l Log) {
	entries := slices.Clone(l.Entries)
	slices.SortStableFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	var latest Sent // of those that stand before, the one that was sent last
	seen := map[string]bool{}
	for _, e := range entries {
		key := e.SenderID + "/" + e.ClientID
		s, ok := c.sent[key]
		if !ok || seen[key] {
			continue
		}
		seen[key] = true
		if !s.Acknowledged.IsZero() && latest.Started.After(s.Acknowledged) {
			c.add(&c.OutOfOrder, l, "message %s stands behind message %s, which was sent after it was acknowledged", s.ClientID, latest.ClientID)
		}
		if s.Started.After(latest.Started) {
			latest = s
		}
	}
}

// Entries are a client's log as the check wants it.
func Entries(events []client.Event) []Entry {
	all := make([]Entry, len(events))
	for i, e := range events {
		all[i] = Entry{Seq: e.Seq, ConversationID: e.ConversationID}
		if e.IsMessage() {
			all[i].MessageID, all[i].SenderID = e.Message.ID, e.Message.SenderID
			all[i].ClientID, all[i].Text = e.Message.ClientID, e.Message.Text
		}
	}
	return all
}
