// Package wire makes the WebSocket frames that the server sends (RFC 6455, section 5). A server's frames are not
// masked, so one frame serves all sockets: it is made once, shared, and never changed.
package wire

import (
	"encoding/binary"
	"unicode/utf8"
)

// Frame is a whole WebSocket frame as it goes over the wire. It is shared between sockets, and never changes.
// A pointer, because sockets that are behind hold many.
type Frame struct{ bytes []byte }

// Bytes are not to be written to.
func (f *Frame) Bytes() []byte { return f.bytes }

// Len is in bytes.
func (f *Frame) Len() int { return len(f.bytes) }

// Join is frames as one piece, which goes out as one.
func Join(frames ...*Frame) *Frame {
	var joined []byte
	for _, f := range frames {
		joined = append(joined, f.bytes...)
	}
	return &Frame{joined}
}

// Raw is bytes that are no frame, such as the answer to the handshake; they are not copied.
func Raw(b []byte) *Frame { return &Frame{b} }

const (
	final    = 0x80
	opText   = 0x1
	opClose  = 0x8
	opPong   = 0xA
	maxShort = 125
	// maxControl is the most that a control frame may carry.
	maxControl = 125
)

// Text frames a payload, which it copies.
func Text(payload []byte) *Frame { return frame(opText, payload) }

// Pong answers a protocol ping with its data, of which a client may send 125 bytes at most.
func Pong(data string) *Frame { return frame(opPong, []byte(data[:min(len(data), maxControl)])) }

// Close says why the connection ends; the reason is cut to what fits.
func Close(code int, reason string) *Frame {
	if len(reason) > maxControl-2 {
		reason = reason[:maxControl-2]
		for !utf8.ValidString(reason) {
			reason = reason[:len(reason)-1]
		}
	}
	payload := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(reason)), uint16(code))
	return frame(opClose, append(payload, reason...))
}

func frame(opcode byte, payload []byte) *Frame {
	n := len(payload)
	f := make([]byte, 0, n+headerBytes(n))
	switch {
	case n <= maxShort:
		f = append(f, final|opcode, byte(n))
	case n <= 0xFFFF:
		f = append(f, final|opcode, 126)
		f = binary.BigEndian.AppendUint16(f, uint16(n))
	default:
		f = append(f, final|opcode, 127)
		f = binary.BigEndian.AppendUint64(f, uint64(n))
	}
	return &Frame{append(f, payload...)}
}

func headerBytes(payload int) int {
	switch {
	case payload <= maxShort:
		return 2
	case payload <= 0xFFFF:
		return 4
	default:
		return 10
	}
}
