package freeport_test

import (
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/freeport"
)

func TestFind(t *testing.T) {
	for range 100 {
		port, err := freeport.Find()
		require.NoError(t, err)
		require.Less(t, port, 32_768, "an outgoing connection could have it")
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		require.NoError(t, err)
		defer l.Close()
	}
}
