package service

import (
	"context"

	"github.com/parley-chat/parley/pkg/chat"
)

// group is a group at one revision, and the viewer's place in it. What is decided on it holds only if the next
// revision is the decision's.
type group struct {
	conversation chat.Conversation
	own          chat.Member
}

// group is read conversation first: should the member be newer, the next revision is there already, and the change is
// refused. Refuses with CodeNotFound, and with CodeForbidden what is no group.
func (s *Groups) group(ctx context.Context, v Viewer, id chat.ConversationID) (group, error) {
	c, err := s.store.Conversation(ctx, id)
	if err != nil {
		return group{}, fromStore(err, "conversation")
	}
	own, err := s.store.Member(ctx, id, v.UserID)
	if err != nil {
		return group{}, fromStore(err, "conversation")
	}
	if c.Type != chat.Group {
		return group{}, Refuse(CodeForbidden, "a direct conversation has its two members, and no title")
	}
	return group{c, own}, nil
}

// mayManage is leave to change the group's looks and members.
func (g group) mayManage() error {
	if !g.own.Role.Moderates() {
		return Refuse(CodeForbidden, "only the owner and admins of the group may do this")
	}
	return nil
}

func (g group) mayOwn() error {
	if g.own.Role != chat.RoleOwner {
		return Refuse(CodeForbidden, "only the owner of the group may do this")
	}
	return nil
}

// mayRemove refuses to remove who has as much to say.
func (g group) mayRemove(m chat.Member) error {
	if err := g.mayManage(); err != nil {
		return err
	}
	if m.Role != chat.RoleMember && g.own.Role != chat.RoleOwner {
		return Refuse(CodeForbidden, "only the owner may remove an admin, and nobody the owner")
	}
	return nil
}

// news is what of p is not so already.
func (g group) news(p chat.ConversationPatch) chat.ConversationPatch {
	differs := func(p *string, now string) *string {
		if p == nil || *p == now {
			return nil
		}
		return p
	}
	return chat.ConversationPatch{
		Title: differs(p.Title, g.conversation.Title), Description: differs(p.Description, g.conversation.Description),
		AvatarURL: differs(p.AvatarURL, g.conversation.AvatarURL),
	}
}
