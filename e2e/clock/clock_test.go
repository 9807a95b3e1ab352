package clock_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/e2e/clock"
)

// program tells its two clocks, wall and monotonic, for each line it reads.
const program = `package main

import (
	"bufio"
	"fmt"
	"os"
	"time"
)

func main() {
	began := time.Now()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println(time.Now().Unix(), int(time.Since(began).Seconds()))
	}
}
`

func TestAProcessClockIsStepped(t *testing.T) {
	dir := t.TempDir()
	overlay, err := clock.Overlay(dir)
	require.NoError(t, err)
	source, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "main")
	require.NoError(t, os.WriteFile(source, []byte(program), 0o600))
	out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", binary, source).CombinedOutput()
	require.NoError(t, err, string(out))
	hand, err := clock.NewHand(filepath.Join(dir, "hand"))
	require.NoError(t, err)
	defer hand.Close()

	process := exec.CommandContext(t.Context(), binary)
	process.Env = append(os.Environ(), clock.Setting+"="+filepath.Join(dir, "hand"))
	ask, err := process.StdinPipe()
	require.NoError(t, err)
	answers, err := process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	lines := bufio.NewScanner(answers)
	const hours = 3600
	// Nothing here takes half an hour, so what the clocks say to the hour is certain.
	told := func() (wall, monotonic int) {
		_, err := ask.Write([]byte("\n"))
		require.NoError(t, err)
		require.True(t, lines.Scan())
		parts := strings.Fields(lines.Text())
		require.Len(t, parts, 2)
		unix, err := strconv.Atoi(parts[0])
		require.NoError(t, err)
		seconds, err := strconv.Atoi(parts[1])
		require.NoError(t, err)
		off := time.Until(time.Unix(int64(unix), 0)).Round(time.Hour)
		return int(off.Hours()), seconds / hours
	}
	for _, off := range []int{0, 3, -2, 0} {
		require.NoError(t, hand.Set(time.Duration(off)*time.Hour))
		wall, monotonic := told()
		require.Equal(t, off, wall)
		require.Zero(t, monotonic)
	}
	require.NoError(t, ask.Close())
	require.NoError(t, process.Wait())
}
