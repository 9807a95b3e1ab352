package e2e_test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/loadtest/client"
)

// TestTenMessagesAMinute runs on nodes whose limit nobody has set.
func TestTenMessagesAMinute(t *testing.T) {
	c := own(t)
	ann, bob := signUp(t, c.Base(), "ann"), signUp(t, c.Base(), "bob")
	conversation := direct(t, ann, bob)
	nodes := []string{c.API(1), c.API(2)}
	send := func(s *client.Session, i int) *http.Response {
		res, _ := ask(t, http.MethodPost, nodes[i%2]+"/api/conversations/"+conversation+"/messages",
			fmt.Sprintf(`{"clientId":"m%d","text":"line %d"}`, i, i), bearer(s.AccessToken()))
		return res
	}
	number := func(res *http.Response, name string) int {
		n, err := strconv.Atoi(res.Header.Get(name))
		require.NoError(t, err, "%s: %v", name, res.Header)
		return n
	}
	for i := range 10 {
		res := send(ann, i)
		require.Equal(t, http.StatusCreated, res.StatusCode)
		require.Equal(t, 10, number(res, "RateLimit-Limit"))
		require.Equal(t, 9-i, number(res, "RateLimit-Remaining"), "both nodes count in one bucket")
	}
	res := send(ann, 10)
	require.Equal(t, http.StatusTooManyRequests, res.StatusCode)
	require.Equal(t, "application/problem+json", res.Header.Get("Content-Type"))
	require.Equal(t, 10, number(res, "RateLimit-Limit"))
	require.Equal(t, 0, number(res, "RateLimit-Remaining"))
	require.Positive(t, number(res, "RateLimit-Reset"))
	wait := number(res, "Retry-After")
	require.Positive(t, wait)
	require.LessOrEqual(t, wait, 6, "ten a minute is one in six seconds")

	require.Equal(t, http.StatusCreated, send(bob, 11).StatusCode, "others are not held up by it")
	log, err := ann.AllEvents(t.Context(), conversation, 0)
	require.NoError(t, err)
	require.Len(t, ids(log), 11, "what was refused is not in the log")

	t.Run("and again when the time is over", func(t *testing.T) {
		m, err := ann.Deliver(t.Context(), quickly, conversation, client.NewMessage{ClientID: "m10", Text: "line 10"}, nil)
		require.NoError(t, err, "a client that waits as long as it is told gets through")
		require.EqualValues(t, 13, m.Seq)
	})
	t.Run("also while Redis is down", func(t *testing.T) {
		require.NoError(t, c.Kill("redis"))
		statuses := map[int]int{}
		for i := range 40 {
			statuses[send(bob, 100+i).StatusCode]++
		}
		require.Positive(t, statuses[http.StatusCreated], "%v", statuses)
		require.Positive(t, statuses[http.StatusTooManyRequests], "each node keeps a bucket of its own: %v", statuses)
		require.Len(t, statuses, 2, "%v", statuses)
		require.NoError(t, c.Restart("redis"))
	})
}
