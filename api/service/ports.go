package service

import "github.com/parley-chat/parley/pkg/bus"

// Publisher tells gateways. It never blocks and never fails its caller: what it can't deliver is
// found again in the log.
type Publisher interface {
	Publish(msgs ...bus.Message)
}
