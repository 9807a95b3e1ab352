package hub

import (
	"slices"

	"github.com/parley-chat/parley/gateway/socket"
)

// indexFrom is from how many sockets on finding one in the list costs more than keeping an index.
const indexFrom = 32

// members is a set of sockets that is quick to walk through. Nearly all have one or two sockets, so only
// large ones keep an index.
type members struct {
	list  []*socket.Socket
	index map[*socket.Socket]int // nil while the set is small
}

func (m *members) len() int { return len(m.list) }

// add puts in a socket that is not there.
func (m *members) add(s *socket.Socket) {
	m.list = append(m.list, s)
	switch {
	case m.index != nil:
		m.index[s] = len(m.list) - 1
	case len(m.list) == indexFrom:
		m.index = make(map[*socket.Socket]int, 2*indexFrom)
		for i, t := range m.list {
			m.index[t] = i
		}
	}
}

// remove is false for a socket that is not there.
func (m *members) remove(s *socket.Socket) bool {
	i := m.find(s)
	if i < 0 {
		return false
	}
	last := len(m.list) - 1
	moved := m.list[last]
	m.list[i], m.list[last] = moved, nil
	m.list = m.list[:last]
	if m.index != nil {
		m.index[moved] = i
		delete(m.index, s)
		if last < indexFrom/2 {
			m.index = nil
		}
	}
	return true
}

func (m *members) find(s *socket.Socket) int {
	if m.index == nil {
		return slices.Index(m.list, s)
	}
	if i, ok := m.index[s]; ok {
		return i
	}
	return -1
}
