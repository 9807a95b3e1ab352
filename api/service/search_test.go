package service_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/service"
	"github.com/parley-chat/parley/pkg/chat"
)

// hitsOf finds the same messages whatever it is asked.
type hitsOf []chat.Message

func (s hitsOf) SearchMessages(context.Context, chat.SearchQuery) (chat.SearchPage, error) {
	var page chat.SearchPage
	for _, m := range s {
		page.Hits = append(page.Hits, chat.SearchHit{Message: m, Position: "1"})
	}
	return page, nil
}

func TestMessagesAreFoundByTheNamesOfTheirFiles(t *testing.T) {
	plan := chat.Message{ID: "plan", Text: "the new one", Attachments: []chat.Attachment{{Name: "Größenplan_2026.pdf"}, {}}}
	search := service.NewSearch(hitsOf{plan, {ID: "other", Text: "the new plan"}})
	for q, want := range map[string][]chat.MessageID{"grossen new": {"plan"}, "2026": {"plan"}, "new": {"plan", "other"}, "old 2026": nil} {
		results, _, err := search.Find(t.Context(), service.Viewer{}, service.SearchRequest{Q: q, Limit: 10})
		require.NoError(t, err)
		var found []chat.MessageID
		for _, r := range results {
			found = append(found, r.Message.ID)
			require.NotNil(t, r.Highlights, "what is found in a name is not marked in the text")
		}
		require.Equal(t, want, found, q)
	}
}

// stingy has looked at as much as it does after the first few of its messages, and says where to go on.
type stingy struct {
	hitsOf
	asked *[]chat.SearchPosition
}

func (s stingy) SearchMessages(ctx context.Context, q chat.SearchQuery) (chat.SearchPage, error) {
	*s.asked = append(*s.asked, q.From)
	page, err := s.hitsOf.SearchMessages(ctx, q)
	page.Next = "further"
	return page, err
}

func TestASearchEndsWhereItsStoreHasLookedAtEnough(t *testing.T) {
	for _, messages := range []hitsOf{nil, {{ID: "one", Text: "a plan"}}} {
		var asked []chat.SearchPosition
		results, next, err := service.NewSearch(stingy{messages, &asked}).Find(t.Context(), service.Viewer{}, service.SearchRequest{Q: "plan", Limit: 10})
		require.NoError(t, err)
		require.Len(t, results, len(messages))
		require.EqualValues(t, "further", next)
		require.Equal(t, []chat.SearchPosition{""}, asked)
	}
}
