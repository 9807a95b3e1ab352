import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEvent, decodeFrame } from './frames';
import { act, sampleMessage } from './testing/samples';

describe('decodeFrame', () => {
  it('reads log entries', () => {
    const entry = { type: 'message.created', conversationId: 'c1', seq: 2, message: sampleMessage(2) };
    expect(decodeFrame(JSON.stringify(entry))).toEqual({ type: 'entry', event: entry });
  });

  it.each([
    { type: 'message.pinned', messageId: 'm', ...act },
    { type: 'reaction.added', messageId: 'm', userId: 'u', emoji: '🎉', ...act },
    { type: 'member.added', userId: 'u', role: 'admin', ...act },
    { type: 'member.removed', userId: 'u', ...act },
    { type: 'conversation.updated', changes: { title: 'New' }, ...act },
    { type: 'conversation.created', ...act },
  ])('reads the entry $type', (fields) => {
    const entry = { ...fields, conversationId: 'c1', seq: 2 };
    expect(decodeFrame(JSON.stringify(entry))).toEqual({ type: 'entry', event: entry });
  });

  it('keeps entries of types to come, for their place in the log', () => {
    expect(decodeEvent({ type: 'poll.started', conversationId: 'c1', seq: 9 })).toEqual({
      type: 'other',
      name: 'poll.started',
      conversationId: 'c1',
      seq: 9,
    });
  });

  it.each([
    ['', null],
    ['[]', null],
    ['{"type":"hello"}', null],
    ['{"type":"read","conversationId":"c1","userId":"u","seq":0}', null],
    ['{"type":"something","else":1}', null],
    ['{"type":"ping"}', { type: 'ping' }],
    ['{"type":"reconnect","afterMs":-5}', { type: 'reconnect', afterMs: 0 }],
    ['{"type":"conversation.deleted","conversationId":"c1"}', { type: 'conversation.deleted', conversationId: 'c1' }],
    ['{"type":"presence","userId":"u","online":true,"lastSeenAt":null}', { type: 'presence', userId: 'u', online: true, away: false, lastSeenAt: null }],
    ['{"type":"delivered","conversationId":"c1","userId":"u","seq":4}', { type: 'delivered', conversationId: 'c1', userId: 'u', seq: 4 }],
    ['{"type":"user.blocked","userId":"u"}', { type: 'user.blocked', userId: 'u' }],
    [
      '{"type":"conversation.settings","conversationId":"c1","mutedUntil":null,"archived":true,"pinned":false,"markedUnread":false}',
      { type: 'conversation.settings', conversationId: 'c1', mutedUntil: null, archived: true, pinned: false, markedUnread: false },
    ],
  ])('reads %s', (text, frame) => {
    expect(decodeFrame(text)).toEqual(frame);
  });

  it('throws for nothing', () => {
    const types = fc.constantFrom('hello', 'read', 'typing', 'presence', 'message.created', 'message.deleted', 'reaction.added', 'x');
    const frame = fc.record({ type: types, conversationId: fc.jsonValue(), seq: fc.jsonValue(), userId: fc.jsonValue(), message: fc.jsonValue() });
    const text = fc.oneof(fc.string(), fc.json(), frame.map((value) => JSON.stringify(value)));
    fc.assert(
      fc.property(text, (input) => {
        expect(() => decodeFrame(input)).not.toThrow();
      }),
    );
  });
});
