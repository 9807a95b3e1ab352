package e2e_test

import (
	"context"
	"fmt"

	"github.com/parley-chat/parley/loadtest/client"
)

// action is what a person does through one of the API nodes. It may be done twice, where the answer to the first was lost.
type action func(ctx context.Context, p *person, through *client.Session, at int, s step) error

// actions are what people can do, by kind.
func (m *mixed) actions() map[string]action {
	return map[string]action{
		"send": func(ctx context.Context, p *person, through *client.Session, at int, s step) error {
			return m.send(ctx, p, through, m.where(p, s.a), client.NewMessage{ClientID: fmt.Sprint("s", at), Text: m.text(p, at, s)})
		},
		"resend": func(ctx context.Context, p *person, through *client.Session, at int, s step) error {
			message := client.NewMessage{ClientID: fmt.Sprint("r", at), Text: m.text(p, at, s)}
			first, _, err := through.Send(ctx, m.direct, message)
			if err != nil {
				return err
			}
			again, isNew, err := p.doors[1-s.device].Send(ctx, m.direct, message)
			if err == nil && (isNew || again.ID != first.ID) {
				err = fmt.Errorf("sent twice: %s, %s", first.ID, again.ID)
			}
			return err
		},
		"reply": func(ctx context.Context, p *person, through *client.Session, at int, s step) error {
			to, ok := m.pick(p, false, s.a, s.b)
			if !ok {
				return nil
			}
			return m.send(ctx, p, through, to.conversation, client.NewMessage{ClientID: fmt.Sprint("a", at), Text: "re", ReplyTo: &to.id})
		},
		"forward": func(ctx context.Context, p *person, through *client.Session, at int, s step) error {
			of, ok := m.pick(p, false, s.a, s.b)
			if !ok {
				return nil
			}
			return m.send(ctx, p, through, m.where(p, s.b), client.NewMessage{
				ClientID: fmt.Sprint("f", at), ForwardOf: &client.MessageRef{ConversationID: of.conversation, MessageID: of.id},
			})
		},
		"edit": m.onMessage(true, func(ctx context.Context, through *client.Session, of said, s step) error {
			_, err := through.Edit(ctx, of.conversation, of.id, m.text(of.by, s.b, s))
			return err
		}),
		"delete": m.onMessage(false, func(ctx context.Context, through *client.Session, of said, _ step) error {
			return through.Delete(ctx, of.conversation, of.id)
		}),
		"react": m.onMessage(false, func(ctx context.Context, through *client.Session, of said, s step) error {
			_, err := through.React(ctx, of.conversation, of.id, emojis[s.b%len(emojis)])
			return err
		}),
		"unreact": m.onMessage(false, func(ctx context.Context, through *client.Session, of said, s step) error {
			_, err := through.Unreact(ctx, of.conversation, of.id, emojis[s.b%len(emojis)])
			return err
		}),
		"pin": m.onMessage(false, func(ctx context.Context, through *client.Session, of said, _ step) error {
			_, err := through.Pin(ctx, of.conversation, of.id)
			return err
		}),
		"unpin": m.onMessage(false, func(ctx context.Context, through *client.Session, of said, _ step) error {
			return through.Unpin(ctx, of.conversation, of.id)
		}),
		"read": func(ctx context.Context, p *person, through *client.Session, _ int, s step) error {
			where := m.where(p, s.a)
			known := len(p.devices[s.device].Log(where))
			if known == 0 {
				return nil
			}
			_, err := through.Read(ctx, where, int64(known-s.b%min(known, 5)))
			return err
		},
		"add": func(ctx context.Context, p *person, through *client.Session, _ int, s step) error {
			return through.AddMembers(ctx, m.group, m.other(p, s.a).id)
		},
		"remove": func(ctx context.Context, p *person, through *client.Session, _ int, s step) error {
			return through.RemoveMember(ctx, m.group, m.other(p, s.a).id)
		},
		"leave": func(ctx context.Context, p *person, through *client.Session, _ int, _ step) error {
			return m.leave(ctx, p, through)
		},
		"role": func(ctx context.Context, p *person, through *client.Session, _ int, s step) error {
			return through.SetRole(ctx, m.group, m.other(p, s.a).id, []string{"admin", "admin", "member"}[s.b%3])
		},
		"hand over": func(ctx context.Context, p *person, through *client.Session, _ int, s step) error {
			m.crown.Lock()
			defer m.crown.Unlock()
			return through.SetRole(ctx, m.group, m.other(p, s.a).id, "owner")
		},
		"rename": func(ctx context.Context, p *person, through *client.Session, at int, _ step) error {
			_, err := through.Rename(ctx, m.group, fmt.Sprint(p.name, "'s ", at))
			return err
		},
		"cut": func(_ context.Context, p *person, _ *client.Session, _ int, s step) error {
			p.devices[s.device].Cut()
			return nil
		},
		"away": func(_ context.Context, p *person, _ *client.Session, _ int, s step) error {
			p.devices[s.device].away()
			return nil
		},
		"back": func(_ context.Context, p *person, _ *client.Session, _ int, s step) error {
			p.devices[s.device].back()
			return nil
		},
	}
}

// onMessage is an action on a message that there is.
func (m *mixed) onMessage(own bool, do func(ctx context.Context, through *client.Session, of said, s step) error) action {
	return func(ctx context.Context, p *person, through *client.Session, _ int, s step) error {
		of, ok := m.pick(p, own, s.a, s.b)
		if !ok {
			return nil
		}
		return do(ctx, through, of, s)
	}
}

// leave leaves the group, unless p owns it: an owner who is alone could, and nobody would ever come back.
func (m *mixed) leave(ctx context.Context, p *person, through *client.Session) error {
	m.crown.Lock()
	defer m.crown.Unlock()
	c, err := through.Conversation(ctx, m.group)
	if err != nil || c.Role == "owner" {
		return err
	}
	return through.RemoveMember(ctx, m.group, p.id)
}
