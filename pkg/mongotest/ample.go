package mongotest

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// What of MongoDB's wire protocol a driver of today uses: a query for the first hello, messages for all else.
const (
	opReply   = 1
	opQuery   = 2004
	opMessage = 2013

	headerBytes = 16
	// sequence begins a list of documents that belongs to a message's command.
	sequence = 1
	// mostBytes is the most that one message may have.
	mostBytes = 48_000_000
)

var errMalformed = errors.New("malformed message")

// ServeAmple answers drivers as the primary of a replica set that keeps up with everything: it takes every write and keeps nothing, so
// it finds nothing. What a node needs of the processor for a store like MongoDB is measured with it, apart from what the store does.
// It returns when the listener is closed.
func ServeAmple(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			in := bufio.NewReaderSize(conn, 64<<10)
			for answerOne(in, conn, listener.Addr().String()) == nil {
			}
		}()
	}
}

func answerOne(in io.Reader, out io.Writer, address string) error {
	header := make([]byte, headerBytes)
	if _, err := io.ReadFull(in, header); err != nil {
		return err //nolint:wrapcheck // the connection ends
	}
	length := binary.LittleEndian.Uint32(header)
	if length < headerBytes || length > mostBytes {
		return errMalformed
	}
	body := make([]byte, length-headerBytes)
	if _, err := io.ReadFull(in, body); err != nil {
		return err //nolint:wrapcheck // the connection ends
	}
	op, prefix := uint32(opMessage), make([]byte, 5)
	var command string
	var documents int
	if binary.LittleEndian.Uint32(header[12:]) == opQuery {
		op, prefix, command = opReply, make([]byte, 20), "hello"
		prefix[16] = 1 // document
	} else {
		var err error
		if command, documents, err = readMessage(body); err != nil {
			return err
		}
	}
	answer, err := bson.Marshal(answerTo(command, documents, address))
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	reply := make([]byte, headerBytes, headerBytes+len(prefix)+len(answer))
	binary.LittleEndian.PutUint32(reply, uint32(cap(reply)))
	copy(reply[8:], header[4:8]) // to which request
	binary.LittleEndian.PutUint32(reply[12:], op)
	_, err = out.Write(append(append(reply, prefix...), answer...))
	return err //nolint:wrapcheck // the connection ends
}

// readMessage gives the name of a message's command, and how many documents come with it.
func readMessage(body []byte) (command string, documents int, err error) {
	for rest := body[min(4, len(body)):]; len(rest) > 4; {
		kind, section := rest[0], rest[1:]
		size := int(binary.LittleEndian.Uint32(section))
		if size < 5 || size > len(section) {
			return "", 0, errMalformed
		}
		if kind == sequence {
			documents += count(section[4:size])
		} else {
			first, err := bson.Raw(section[:size]).IndexErr(0)
			if err != nil {
				return "", 0, errMalformed
			}
			command = first.Key()
			if list, ok := bson.Raw(section[:size]).Lookup("updates").ArrayOK(); ok {
				values, err := list.Values()
				if err != nil {
					return "", 0, errMalformed
				}
				documents += len(values)
			}
		}
		rest = section[size:]
	}
	return command, documents, nil
}

// count is how many documents follow a sequence's name.
func count(named []byte) (n int) {
	for len(named) > 0 && named[0] != 0 {
		named = named[1:]
	}
	for rest := named[min(1, len(named)):]; len(rest) >= 5; n++ {
		rest = rest[min(int(binary.LittleEndian.Uint32(rest)), len(rest)):]
	}
	return n
}

func answerTo(command string, documents int, address string) bson.D {
	ok := bson.E{Key: "ok", Value: 1.0}
	switch command {
	case "hello", "isMaster", "ismaster":
		return bson.D{
			{Key: "helloOk", Value: true},
			{Key: "ismaster", Value: true},
			{Key: "isWritablePrimary", Value: true},
			{Key: "setName", Value: "ample"},
			{Key: "hosts", Value: bson.A{address}},
			{Key: "primary", Value: address},
			{Key: "me", Value: address},
			{Key: "maxBsonObjectSize", Value: int32(16 << 20)},
			{Key: "maxMessageSizeBytes", Value: int32(mostBytes)},
			{Key: "maxWriteBatchSize", Value: int32(100_000)},
			{Key: "logicalSessionTimeoutMinutes", Value: int32(30)},
			{Key: "minWireVersion", Value: int32(0)},
			{Key: "maxWireVersion", Value: int32(21)},
			ok,
		}
	case "insert":
		return bson.D{{Key: "n", Value: int32(documents)}, ok}
	case "update":
		return bson.D{{Key: "n", Value: int32(documents)}, {Key: "nModified", Value: int32(documents)}, ok}
	case "find", "aggregate":
		return bson.D{{Key: "cursor", Value: bson.D{{Key: "firstBatch", Value: bson.A{}}, {Key: "id", Value: int64(0)}, {Key: "ns", Value: "ample.none"}}}, ok}
	default:
		return bson.D{ok}
	}
}
