package service

import (
	"context"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

// SettingsChange names what of the viewer's own settings for a conversation changes; nil stays.
type SettingsChange struct {
	// MutedUntil of 0, or in the past, ends it.
	MutedUntil   *chat.Time
	Archived     *bool
	Pinned       *bool
	MarkedUnread *bool
}

// UpdateSettings changes what the viewer has set for a conversation, and tells the viewer's other devices.
func (s *Conversations) UpdateSettings(ctx context.Context, v Viewer, id chat.ConversationID, change SettingsChange) (ConversationView, error) {
	if change != (SettingsChange{}) {
		patch, err := s.settingsPatch(ctx, id, change)
		if err != nil {
			return ConversationView{}, err
		}
		if err := s.patchSettings(ctx, v, id, patch); err != nil {
			return ConversationView{}, err
		}
	}
	return s.Get(ctx, v, id)
}

func (s *Conversations) settingsPatch(ctx context.Context, id chat.ConversationID, change SettingsChange) (chat.MemberPatch, error) {
	patch := chat.MemberPatch{MutedUntil: change.MutedUntil, Pinned: change.Pinned, MarkedUnread: change.MarkedUnread}
	if patch.MutedUntil != nil && *patch.MutedUntil <= chat.TimeOf(s.now()) {
		patch.MutedUntil = new(chat.Time)
	}
	if change.Archived == nil {
		return patch, nil
	}
	patch.ArchivedSeq = new(int64)
	if !*change.Archived {
		return patch, nil
	}
	last, err := s.store.LastSeq(ctx, id)
	if err != nil {
		return patch, fromStore(err, "conversation")
	}
	*patch.ArchivedSeq = last
	return patch, nil
}

func (s *Conversations) patchSettings(ctx context.Context, v Viewer, id chat.ConversationID, patch chat.MemberPatch) error {
	m, err := s.store.UpdateMember(ctx, id, v.UserID, patch)
	if err != nil {
		return fromStore(err, "conversation")
	}
	settings, err := s.settings(ctx, v, []chat.Member{m}, nil)
	if err != nil {
		return err
	}
	s.tell.devices(v.UserID, frame.SettingsFrame{Type: frame.ConversationSettings, ConversationID: id, Settings: settings[id]})
	return nil
}

// settings shows what the viewer has set in each of the viewer's memberships. What is archived comes back with a newer
// message of somebody else, unless it is muted.
func (s *Conversations) settings(ctx context.Context, v Viewer, own []chat.Member, last heads) (map[chat.ConversationID]frame.Settings, error) {
	shown := make(map[chat.ConversationID]frame.Settings, len(own))
	var archived []chat.ReadPosition
	now := chat.TimeOf(s.now())
	for _, m := range own {
		set := frame.Settings{MutedUntil: m.MutedUntil, Archived: m.ArchivedSeq > 0, Pinned: m.Pinned, MarkedUnread: m.MarkedUnread}
		if set.MutedUntil <= now {
			set.MutedUntil = 0
		}
		if set.Archived && set.MutedUntil == 0 {
			archived = append(archived, last.since(m.ConversationID, m.ArchivedSeq))
		}
		shown[m.ConversationID] = set
	}
	for part := range chunks(archived) {
		newer, err := s.store.Unread(ctx, v.UserID, part)
		if err != nil {
			return nil, fromStore(err, "archived conversations")
		}
		for id := range newer {
			set := shown[id]
			set.Archived = false
			shown[id] = set
		}
	}
	return shown, nil
}
