package redisbus

import (
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/pkg/bus"
	"github.com/parley-chat/parley/pkg/chat"
)

// Each connection of a subscriber also subscribes to a notice channel of its hash tag, on which publishers say that they
// had to drop messages. No user of the bus sees it.

// plainTag is the tag of the notice channel where channels are not sharded.
const plainTag = "0"

func noticeChannel(tag string) bus.Channel { return bus.Channel("parley:{" + tag + "}:notice") }

// noticeChannels are those that reach every connection of every subscriber.
func noticeChannels(sharded bool) []bus.Channel {
	if !sharded {
		return []bus.Channel{noticeChannel(plainTag)}
	}
	channels := make([]bus.Channel, bus.Shards)
	for i := range channels {
		channels[i] = noticeChannel(strconv.Itoa(i))
	}
	return channels
}

// tagOf is what a Redis Cluster hashes of a channel: what stands between its first braces, or all of it.
func tagOf(c bus.Channel) string {
	if _, rest, ok := strings.Cut(string(c), "{"); ok {
		if tag, _, ok := strings.Cut(rest, "}"); ok && tag != "" {
			return tag
		}
	}
	return string(c)
}

// noticeID tells the same notice on several connections.
type noticeID string

// maxGapAge is the most that a notice may claim; a publisher that was cut off for longer claims as much.
const maxGapAge = 24 * time.Hour

// A notice is "id age", the age in milliseconds.
func encodeNotice(age time.Duration) []byte {
	return []byte(string(chat.NewID[noticeID]()) + " " + strconv.FormatInt(min(age, maxGapAge).Milliseconds(), 10))
}

// decodeNotice is false for what no publisher of ours has sent.
func decodeNotice(payload string) (noticeID, *bus.GapError, bool) {
	id, number, _ := strings.Cut(payload, " ")
	ms, err := strconv.ParseInt(number, 10, 64)
	if valid := err == nil && ms >= 0 && ms <= maxGapAge.Milliseconds() && chat.ValidID(noticeID(id)); !valid {
		return "", nil, false
	}
	return noticeID(id), &bus.GapError{Age: time.Duration(ms) * time.Millisecond}, true
}
