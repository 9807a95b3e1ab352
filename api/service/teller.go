package service

import (
	"encoding/json"
	"log/slog"
	"slices"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/flaw"
	"github.com/parley-chat/parley/pkg/frame"
)

// hearers are who is told of what happens in a conversation: as it was when they were read.
type hearers struct {
	conversation chat.Conversation
	// own is the viewer's place.
	own chat.Member
	// members are nil where a room channel has taken their place.
	members []chat.Member
}

// room tells whether e goes to the room channel. The gateways, who read the log, conclude the same of it.
func (h hearers) room(e chat.Entry) bool {
	return h.conversation.InRoom(e.CreatedAt) || h.members == nil && h.conversation.RoomSeq > 0
}

// couple tells whether these are the members of a direct conversation, and all that it will ever have.
func (h hearers) couple() bool {
	return h.conversation.Type == chat.Direct && len(h.members) == 2
}

// place is the viewer's own among the members; it fails with CodeNotFound if they have none.
func (h hearers) place(v Viewer) (chat.Member, error) {
	for _, m := range h.members {
		if m.UserID == v.UserID {
			return m, nil
		}
	}
	return chat.Member{}, fromStore(chat.ErrNotFound, "conversation")
}

// teller publishes frames to the members of a conversation.
type teller struct {
	pub    Publisher
	logger *slog.Logger
}

// entry tells the hearers of a committed entry. What changes seats in a room is an order to the gateways, with the frame in it.
func (t teller) entry(e chat.Entry, h hearers) {
	event, err := frame.EncodeEntry(e)
	if err != nil {
		t.logger.Error("frame not published", "error", err)
		return
	}
	payload := event
	if h.conversation.RoomSeq > 0 && e.Revision > 0 || e.Room {
		if payload, err = orderOf(e, event).Encode(); err != nil {
			t.logger.Error("order not published", "error", err)
			return
		}
	}
	var whose chat.UserID // whose seat it is about
	if e.Kind == chat.MemberAdded || e.Kind == chat.MemberRemoved {
		whose = e.Member.UserID
	}
	if h.room(e) {
		msgs := []bus.Message{{Channel: bus.RoomChannel(e.ConversationID), Payload: payload}}
		if whose != "" {
			msgs = append(msgs, bus.Message{Channel: bus.UserChannel(whose), Payload: payload})
		}
		t.publish(msgs)
		return
	}
	toAll := event
	if e.Room || e.Kind == chat.ConversationDeleted {
		toAll = payload
	}
	msgs := make([]bus.Message, len(h.members))
	for i, m := range h.members {
		msgs[i] = bus.Message{Channel: bus.UserChannel(m.UserID), Payload: toAll}
		if m.UserID == whose {
			msgs[i].Payload = payload
		}
	}
	t.publish(msgs)
}

func orderOf(e chat.Entry, event json.RawMessage) bus.Order {
	o := bus.Order{Kind: bus.GroupChanged, ConversationID: e.ConversationID, Revision: e.Revision, Frame: event}
	switch {
	case e.Room:
		o.Kind = bus.RoomOpened
	case e.Kind == chat.ConversationDeleted:
		o.Kind = bus.RoomClosed
	case e.Kind == chat.MemberAdded:
		o.UserID = e.Member.UserID
	case e.Kind == chat.MemberRemoved:
		o.UserID, o.Left = e.Member.UserID, true
	}
	return o
}

// read tells the members that one of them has read up to seq.
func (t teller) read(id chat.ConversationID, user chat.UserID, seq int64, to []chat.Member) {
	t.send(frame.ReadFrame{Type: frame.Read, ConversationID: id, UserID: user, Seq: seq}, to)
}

// devices tells a user's own devices.
func (t teller) devices(user chat.UserID, f any) { t.send(f, []chat.Member{{UserID: user}}) }

// audience has gateways look again at what the sockets of one user, and those who watch another, may see.
func (t teller) audience(orders map[bus.Channel]chat.UserID) {
	msgs := make([]bus.Message, 0, len(orders))
	for channel, user := range orders {
		payload, err := bus.Order{Kind: bus.AudienceChanged, UserID: user}.Encode()
		if err != nil {
			t.logger.Error("order not published", "error", err)
			return
		}
		msgs = append(msgs, bus.Message{Channel: channel, Payload: payload})
	}
	t.publish(msgs)
}

// pair is audience for what has changed between two users.
func (t teller) pair(a, b chat.UserID) {
	t.audience(map[bus.Channel]chat.UserID{bus.UserChannel(a): b, bus.UserChannel(b): a})
}

// send encodes the frame once for all.
func (t teller) send(f any, to []chat.Member) {
	payload, err := frame.Encode(f)
	if err != nil {
		t.logger.Error("frame not published", "error", err)
		return
	}
	msgs := make([]bus.Message, len(to))
	for i, m := range to {
		msgs[i] = bus.Message{Channel: bus.UserChannel(m.UserID), Payload: payload}
	}
	t.publish(msgs)
}

func (t teller) publish(msgs []bus.Message) {
	t.pub.Publish(slices.DeleteFunc(msgs, func(bus.Message) bool { return flaw.Strikes(flaw.LostPublish, 1000) })...)
}
