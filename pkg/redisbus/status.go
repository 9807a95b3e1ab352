package redisbus

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/pkg/bus"
)

// status makes one Lost and one Restored of the ups and downs of many connections.
type status struct {
	handler   bus.Handler
	lostTotal prometheus.Counter

	mu sync.Mutex // guards the following, and puts the handler's calls in a row
	// down is how many connections are lost now.
	down int
	// lastNotice is the one that was told of last: each connection brings it.
	lastNotice noticeID
}

func (s *status) lost(reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down++; s.down == 1 {
		s.lostTotal.Inc()
		s.handler.Lost(reason)
	}
}

func (s *status) restored() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down--; s.down == 0 {
		s.handler.Restored()
	}
}

// gap tells of messages that a publisher dropped. While a connection is lost, Restored is still to come.
func (s *status) gap(id noticeID, reason *bus.GapError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id == s.lastNotice {
		return
	}
	s.lastNotice = id
	s.lostTotal.Inc()
	s.handler.Lost(reason)
	if s.down == 0 {
		s.handler.Restored()
	}
}
