package socket

import "syscall"

const (
	// wholeText is the first byte of a text frame that is a whole message; masked is the bit that a client's frames have.
	wholeText = 0x81
	masked    = 0x80
	// headBytes are before the payload of a small frame: kind, length, mask.
	headBytes = 6
	// smallFrame is the longest payload whose length is told by the second byte.
	smallFrame = 125
	// glanceBytes is how much is read at once; a frame that is larger goes on in the goroutine that takes over.
	glanceBytes = 1024
)

// glance is what the poller's goroutine needs to look at what a socket sent, without waiting and without memory for each.
type glance struct {
	try  tryReader
	buf  [glanceBytes]byte
	text [smallFrame]byte
}

// read gives what has arrived, up to its size: nothing at the end of the stream, or if nothing is there after all.
func (g *glance) read(conn syscall.RawConn) ([]byte, error) {
	n, err := g.try.read(conn, g.buf[:])
	return g.buf[:n], err
}

// unmask is the payload of data, if that is exactly one small text frame, else nil. data stays as it was.
func (g *glance) unmask(data []byte) []byte {
	n := len(data) - headBytes
	if n < 0 || n > smallFrame || data[0] != wholeText || data[1] != masked|byte(n) {
		return nil
	}
	for i := range n {
		g.text[i] = data[headBytes+i] ^ data[2+i%4]
	}
	return g.text[:n]
}
