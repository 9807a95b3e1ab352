import { describe, expect, it } from 'vitest';
import type { Conversation, Message } from '@/lib/wire';
import type { Notice } from '@/sync/notices';
import type { PendingMessage } from '@/sync/outbox';
import { buildTimeline, type TimelineRow } from './timeline';

const member = { avatarUrl: null, role: 'member', lastSeenAt: null } as const;

const conversation = {
  id: 'c1',
  type: 'direct',
  members: [
    { ...member, userId: 'me', fullName: 'Me', readSeq: 9 },
    { ...member, userId: 'pia', fullName: 'Pia', readSeq: 3 },
  ],
} as unknown as Conversation;

function message(seq: number, senderId: string, createdAt: Date): Message {
  const empty = {
    attachments: [],
    replyTo: null,
    forwardedFrom: null,
    mentions: [],
    mentionsAll: false,
    reactions: {},
    editedAt: null,
    deletedAt: null,
    pinnedAt: null,
  };
  return { ...empty, id: `m${seq}`, conversationId: 'c1', seq, senderId, clientId: `k${seq}`, text: `m${seq}`, createdAt: createdAt.toISOString() };
}

function pending(clientId: string, change: Partial<PendingMessage> = {}): PendingMessage {
  const at = new Date(2026, 2, 3, 12).toISOString();
  return { clientId, conversationId: 'c1', order: 1, text: clientId, attachments: [], replyTo: null, forward: null, createdAt: at, failure: null, forbidden: false, state: 'queued', seq: null, ...change };
}

const monday = (minute: number) => new Date(2026, 2, 2, 10, minute);
const tuesday = new Date(2026, 2, 3, 10);

const messages = [
  message(2, 'pia', monday(0)),
  message(3, 'me', monday(1)),
  message(4, 'me', monday(2)),
  message(5, 'me', monday(20)),
  message(6, 'pia', tuesday),
];

const base = { conversation, messages, notices: [], people: {}, pending: [], self: 'me', hasMoreBefore: false, unreadAfter: null };
const outline = (rows: TimelineRow[]) => rows.map((row) => (row.kind === 'message' ? row.message.text : row.kind));
const find = (rows: TimelineRow[], text: string) => rows.find((row) => row.kind === 'message' && row.message.text === text);

describe('buildTimeline', () => {
  it('puts a separator before each day, and marks where all begins', () => {
    expect(outline(buildTimeline(base))).toEqual(['start', 'day', 'm2', 'm3', 'm4', 'm5', 'day', 'm6']);
    expect(outline(buildTimeline({ ...base, hasMoreBefore: true }))[0]).toBe('day');
  });

  it('groups what one sender writes within minutes', () => {
    const rows = buildTimeline(base);
    expect(find(rows, 'm3')).toMatchObject({ first: true, last: false });
    expect(find(rows, 'm4')).toMatchObject({ first: false, last: true });
    expect(find(rows, 'm5')).toMatchObject({ first: true, last: true });
  });

  it('tells how far own messages have come with everybody else', () => {
    const members = conversation.members.map((one) => ({ ...one, deliveredSeq: 4 }));
    const rows = buildTimeline({ ...base, conversation: { ...conversation, members } });
    expect(['m3', 'm4', 'm5'].map((text) => find(rows, text))).toMatchObject(
      ['read', 'delivered', 'sent'].map((delivery) => ({ message: { delivery } })),
    );
    const large = buildTimeline({ ...base, conversation: { ...conversation, members, memberCount: 101 } });
    expect(find(large, 'm3')).toMatchObject({ message: { delivery: 'sent' } });
  });

  it('marks no message as the first unread one while older ones may be', () => {
    expect(outline(buildTimeline({ ...base, hasMoreBefore: true, unreadAfter: 0 }))).not.toContain('unread');
  });

  it('marks the first unread message of others', () => {
    const rows = outline(buildTimeline({ ...base, unreadAfter: 3 }));
    expect(rows.indexOf('unread')).toBe(rows.indexOf('m6') - 1);
  });

  it('tells what has been read', () => {
    const rows = buildTimeline(base);
    expect(find(rows, 'm3')).toMatchObject({ message: { delivery: 'read' } });
    expect(find(rows, 'm4')).toMatchObject({ message: { delivery: 'sent' } });
    expect(find(rows, 'm6')).toMatchObject({ message: { delivery: null } });
  });

  it('shows unsent messages last, and never one twice', () => {
    const rows = buildTimeline({ ...base, pending: [pending('k5'), pending('new'), pending('other', { conversationId: 'c2' })] });
    expect(outline(rows).slice(-2)).toEqual(['m6', 'new']);
    expect(outline(rows).filter((text) => text === 'm5' || text === 'k5')).toEqual(['m5']);
  });

  it('keeps a row’s key when a pending message is confirmed', () => {
    const before = buildTimeline({ ...base, messages: [], pending: [pending('k4')] });
    const after = buildTimeline(base);
    expect(before.at(-1)?.key).toBe(find(after, 'm4')?.key);
  });

  it('tells what else happened, where it happened, and those added by one member in one line', () => {
    const at = monday(3).toISOString();
    const entry = { conversationId: 'c1', at };
    const notices: Notice[] = [
      { ...entry, seq: 4.1, type: 'member.added', actorId: 'me', userId: 'pia', role: 'member' },
      { ...entry, seq: 4.2, type: 'member.added', actorId: 'me', userId: 'gone', role: 'member' },
      { ...entry, seq: 4.3, type: 'member.added', actorId: 'new', userId: 'new', role: 'member' },
      { ...entry, seq: 4.4, type: 'member.removed', actorId: 'pia', userId: 'me' },
      { ...entry, seq: 4.5, type: 'member.removed', actorId: 'gone', userId: 'gone' },
      { ...entry, seq: 7, type: 'conversation.updated', actorId: 'pia', changes: { title: 'Engine' }, at: tuesday.toISOString() },
    ];
    const rows = buildTimeline({ ...base, notices, people: { gone: 'Gus' } });
    expect(rows.map((row) => (row.kind === 'notice' ? row.text : outline([row])[0]))).toEqual([
      'start',
      'day',
      'm2',
      'm3',
      'm4',
      'You added Pia and Gus',
      'Somebody joined by a link',
      'Pia removed you',
      'Gus left',
      'm5',
      'day',
      'm6',
      'Pia called the group “Engine”',
    ]);
    expect(find(rows, 'm4')).toMatchObject({ last: true });
  });
});
