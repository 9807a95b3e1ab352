//go:build !unix

package socket

import "syscall"

// tryWriter leaves all writing to goroutines that wait.
type tryWriter struct{}

func (*tryWriter) init() {}

func (*tryWriter) write(syscall.RawConn, []byte) (int, error) { return 0, nil }

// tryReader leaves all reading to goroutines that wait.
type tryReader struct{}

func (*tryReader) init() {}

func (*tryReader) read(syscall.RawConn, []byte) (int, error) { return 0, nil }
