// Package bus names what API nodes and gateways tell each other: channels, and messages on
// them. The adapters (redisbus, memorybus) carry them. The bus is a doorbell: whatever it
// loses is found again in the log.
package bus

import (
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/pkg/chat"
)

// Shards is into how many slots of a Redis Cluster the channels spread.
const Shards = 64

// Channel is where messages are published and subscribed to. Its "{shard}" is a hash tag, so
// that sharded publish spreads over a Redis Cluster.
type Channel string

// UserChannel carries what goes to all sockets of a user, and orders about them.
func UserChannel(id chat.UserID) Channel { return channel("user", string(id)) }

// RoomChannel carries what goes to all members of a large conversation.
func RoomChannel(id chat.ConversationID) Channel { return channel("room", string(id)) }

// PresenceChannel carries a user's coming and going to those who watch.
func PresenceChannel(id chat.UserID) Channel { return channel("presence", string(id)) }

const presencePart = "}:presence:"

// PresenceUser is whose presence channel c is; false for any other channel.
func (c Channel) PresenceUser() (chat.UserID, bool) {
	_, id, found := strings.Cut(string(c), presencePart)
	return chat.UserID(id), found
}

// CanaryChannel carries what a gateway sends to itself. The tag places it on a node of a Cluster; n tells several of one tag
// apart.
func CanaryChannel(tag, node string, n int) Channel {
	return Channel("parley:{" + tag + "}:canary:" + node + "/" + strconv.Itoa(n))
}

func channel(kind, id string) Channel {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return Channel("parley:{" + strconv.Itoa(int(h.Sum32()%Shards)) + "}:" + kind + ":" + id)
}

// Message is one payload for one channel. The payload is a client frame as package frame
// encodes it, or an order for gateways, which starts with OrderMark.
type Message struct {
	Channel Channel
	Payload []byte
}

// Handler takes what a subscriber hears. Its methods are called one at a time per channel, must not
// block, and must not keep or change the payload's array after they return unless they copy it.
type Handler interface {
	// Deliver is called for each message, in the channel's order.
	Deliver(channel Channel, payload []byte)
	// Lost is called when messages may have been missed since the subscriber last vouched for
	// its channels: the connection went, or the server refused. Nothing is heard until Restored. It may come
	// again before that, when a publisher tells of a gap meanwhile: see GapError.
	Lost(reason error)
	// Restored is called, once for all calls of Lost before it, when all channels are subscribed again.
	Restored()
}
