// Package clock steps the wall clock of a process that runs, and of no other: what an operator's hand, a virtual machine that
// was asleep, or a time server does. The monotonic clock, by which timers go, runs on, as it does then.
//
// A program of Go asks the kernel without the C library, so nothing can be put between them; but the program can be built with
// a package time of which Now adds a number from a file that the process shares with its tester.
package clock

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"go/build"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Setting is the environment variable that names a process's Hand. Without it the clock goes as it does.
const Setting = "E2E_CLOCK"

// ErrUnknownTime says that Go's package time is not as this package knows it.
var ErrUnknownTime = errors.New("time.Now is not as expected")

const (
	before = "sec, nsec, mono := runtimeNow()"
	after  = "sec, nsec, mono := steppedNow()"
	// stepped is what package time gets in addition. It can import little, since most of the library imports it.
	stepped = `package time

import (
	"sync/atomic"
	"syscall"
	"unsafe"
)

var step = stepOf("` + Setting + `")

func stepOf(setting string) *int64 {
	path, ok := syscall.Getenv(setting)
	if !ok {
		return nil
	}
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		panic(setting + ": " + err.Error())
	}
	shared, err := syscall.Mmap(fd, 0, 8, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic(setting + ": " + err.Error())
	}
	return (*int64)(unsafe.Pointer(&shared[0]))
}

func steppedNow() (sec int64, nsec int32, mono int64) {
	sec, nsec, mono = runtimeNow()
	if step == nil {
		return sec, nsec, mono
	}
	t := unixTime(sec, nsec).Add(Duration(atomic.LoadInt64(step)))
	return t.Unix(), int32(t.Nanosecond()), mono
}
`
)

// Overlay writes what "go build -overlay" needs into dir, and tells the name of the file for it. It fails with ErrUnknownTime
// where Go's own source has changed.
func Overlay(dir string) (string, error) {
	source := filepath.Join(build.Default.GOROOT, "src", "time")
	original := filepath.Join(source, "time.go")
	text, err := os.ReadFile(original)
	if err != nil {
		return "", fmt.Errorf("clock: %w", err)
	}
	if strings.Count(string(text), before) != 1 {
		return "", fmt.Errorf("clock: %w: %s", ErrUnknownTime, original)
	}
	now, step, overlay := filepath.Join(dir, "time.go"), filepath.Join(dir, "stepped.go"), filepath.Join(dir, "overlay.json")
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{original: now, filepath.Join(source, "stepped.go"): step}})
	if err != nil {
		return "", fmt.Errorf("clock: %w", err)
	}
	for path, content := range map[string]string{now: strings.Replace(string(text), before, after, 1), step: stepped, overlay: string(list)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return "", fmt.Errorf("clock: %w", err)
		}
	}
	return overlay, nil
}

// Hand is what a process's clock is stepped by.
type Hand struct{ file *os.File }

// NewHand makes a file at path, for the process's Setting. Close it.
func NewHand(path string) (*Hand, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("clock: %w", err)
	}
	h := &Hand{file}
	if err := h.Set(0); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return h, nil
}

// Set steps the clock to be off by so much, at once; 0 is right again.
func (h *Hand) Set(off time.Duration) error {
	if _, err := h.file.WriteAt(binary.NativeEndian.AppendUint64(nil, uint64(off)), 0); err != nil {
		return fmt.Errorf("clock: %w", err)
	}
	return nil
}

// Close leaves the clock as it is.
func (h *Hand) Close() error { return h.file.Close() } //nolint:wrapcheck // the file's name says enough
