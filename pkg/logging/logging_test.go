package logging_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/pkg/logging"
)

func TestRequestIDIsInEachLine(t *testing.T) {
	var out bytes.Buffer
	log := logging.New(&out, slog.LevelInfo, "json", "api", "n1")
	ctx := logging.WithRequestID(t.Context(), "r1")
	require.Equal(t, "r1", logging.RequestID(ctx))
	require.Empty(t, logging.RequestID(t.Context()))

	log.With("a", 1).InfoContext(ctx, "hello", "b", 2)
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	require.Equal(t, "hello", line["msg"])
	require.Equal(t, "api", line["service"])
	require.Equal(t, "n1", line["node"])
	require.Equal(t, "r1", line["requestId"])
	require.InDelta(t, 1, line["a"], 0)
	require.InDelta(t, 2, line["b"], 0)

	out.Reset()
	log.WithGroup("g").InfoContext(ctx, "grouped")
	require.Contains(t, out.String(), "r1")

	out.Reset()
	log.Info("outside of a request")
	require.NotContains(t, out.String(), "requestId")
}

func TestLevelAndFormat(t *testing.T) {
	var out bytes.Buffer
	log := logging.New(&out, slog.LevelWarn, "text", "api", "n1")
	log.Info("too quiet")
	require.Empty(t, out.String())
	log.Warn("loud enough")
	require.Contains(t, out.String(), `msg="loud enough"`)
	require.Contains(t, out.String(), "service=api")
}
