import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogEvent, Message } from '@/lib/wire';
import { loadingWindow, showPage, showOlder } from './message-window';
import { createReplica, ingest, isBehind, markRead, memberRead, mergeSummary, type Replica } from './replica';
import { act, created, peer, sampleConversation, sampleMessage, self } from './testing/samples';

function withWindow(replica: Replica, messages: Message[] = [], hasMoreBefore = false): Replica {
  return { ...replica, window: showPage(loadingWindow, { messages, hasMoreBefore, hasMoreAfter: false }) };
}

function log(length: number): LogEvent[] {
  return Array.from({ length }, (_, index) => {
    const seq = index + 2;
    if (seq % 5 === 0) {
      const message = sampleMessage(seq - 2, { text: `edited by ${seq}`, editedAt: '2026-03-02T11:00:00.000Z' });
      return { type: 'message.updated', conversationId: 'c1', seq, message };
    }
    if (seq % 7 === 0) return { type: 'other', name: 'poll.started', conversationId: 'c1', seq };
    return created(sampleMessage(seq, { senderId: seq % 3 === 0 ? self : peer }));
  });
}

const start = withWindow(createReplica(sampleConversation()));

describe('ingest', () => {
  it('applies entries in order and drops those that come again', () => {
    const [second, third] = log(2) as [LogEvent, LogEvent];
    const { replica, applied } = ingest(start, [second, third, second], self);
    expect(applied.map((event) => event.seq)).toEqual([2, 3]);
    expect(ingest(replica, [second, third], self).applied).toEqual([]);
    expect(replica.window?.messages.map((message) => message.seq)).toEqual([2, 3]);
  });

  it('keeps what comes too early until the gap is filled', () => {
    const [second, third, fourth] = log(3) as [LogEvent, LogEvent, LogEvent];
    const gap = ingest(start, [fourth, third], self).replica;
    expect(gap.applied).toBe(1);
    expect(gap.window?.messages).toEqual([]);
    expect(isBehind(gap)).toBe(true);
    const filled = ingest(gap, [second], self).replica;
    expect(filled.applied).toBe(4);
    expect(isBehind(filled)).toBe(false);
  });

  it('moves the cursor over entries of unknown types', () => {
    const { replica } = ingest(start, [{ type: 'other', name: 'poll.started', conversationId: 'c1', seq: 2 }], self);
    expect(replica.applied).toBe(2);
  });

  it('ends up the same, whatever order and repetition entries arrive in', () => {
    const events = log(30);
    const expected = ingest(start, events, self).replica;
    const arrivals = fc
      .shuffledSubarray(events, { minLength: events.length })
      .chain((order) => fc.array(fc.constantFrom(...events), { maxLength: 20 }).map((again) => [...order, ...again]));
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 7 }), (order, size) => {
        let replica = start;
        for (let at = 0; at < order.length; at += size) replica = ingest(replica, order.slice(at, at + size), self).replica;
        expect(replica).toEqual(expected);
      }),
    );
  });

  it('ends up the same, however stale a page of messages is that comes in between', () => {
    const events = log(30);
    const expected = ingest(start, events, self).replica;
    fc.assert(
      fc.property(fc.nat(events.length), fc.nat(events.length), fc.nat(events.length), (a, b, c) => {
        const [asked, snapshot, answered] = [a, b, c].toSorted((x, y) => x - y) as [number, number, number];
        // The page is asked for at one point of the log, made at a second, and arrives at a third.
        let replica = ingest({ ...start, window: loadingWindow }, events.slice(0, asked), self).replica;
        replica = { ...replica, window: { ...loadingWindow, messages: replica.window?.messages ?? [] } };
        const messages = ingest(start, events.slice(0, snapshot), self).replica.window?.messages ?? [];
        replica = ingest(replica, events.slice(asked, answered), self).replica;
        const window = showPage(replica.window ?? loadingWindow, { messages: [...messages], hasMoreBefore: false, hasMoreAfter: false });
        replica = ingest({ ...replica, window }, events.slice(answered), self).replica;
        expect(replica.window?.messages).toEqual(expected.window?.messages);
      }),
    );
  });
});

describe('the window', () => {
  it('has no holes after a jump past entries that were never seen', () => {
    const page = [sampleMessage(20), sampleMessage(21)];
    const loading = ingest({ ...start, window: loadingWindow }, [created(sampleMessage(2))], self).replica;
    const window = showPage(loading.window ?? loadingWindow, { messages: page, hasMoreBefore: true, hasMoreAfter: false });
    expect(window.messages.map((message) => message.seq)).toEqual([20, 21]);
  });

  it('puts older pages before what it holds, once each', () => {
    const latest = showPage(loadingWindow, { messages: [sampleMessage(8), sampleMessage(9)], hasMoreBefore: true, hasMoreAfter: false });
    const page = { messages: [sampleMessage(6), sampleMessage(7), sampleMessage(8)], hasMoreBefore: false, hasMoreAfter: true };
    const window = showOlder({ ...latest, older: 'loading' }, page);
    expect(window.messages.map((message) => message.seq)).toEqual([6, 7, 8, 9]);
    expect(window.hasMoreBefore).toBe(false);
  });

  it('leaves a tombstone of a deleted message', () => {
    const messages = [sampleMessage(2, { text: 'secret' })];
    const replica = withWindow(createReplica(sampleConversation({ lastSeq: 2 })), messages);
    const { window } = ingest(replica, [{ type: 'message.deleted', conversationId: 'c1', seq: 3, messageId: 'm2', ...act }], self).replica;
    expect(window?.messages[0]).toMatchObject({ text: '', deletedAt: expect.any(String) as string });
  });

  it('adds and removes reactions', () => {
    const replica = withWindow(createReplica(sampleConversation({ lastSeq: 2 })), [sampleMessage(2)]);
    const reaction = { ...act, conversationId: 'c1', messageId: 'm2', userId: peer, emoji: '🎉' };
    const added = ingest(replica, [{ ...reaction, type: 'reaction.added', seq: 3 }], self).replica;
    expect(added.window?.messages[0]?.reactions).toEqual({ '🎉': [peer] });
    const removed = ingest(added, [{ ...reaction, type: 'reaction.removed', seq: 4 }], self).replica;
    expect(removed.window?.messages[0]?.reactions).toEqual({});
  });
});

describe('unread', () => {
  it('counts what others write, and not own messages', () => {
    const events = [created(sampleMessage(2)), created(sampleMessage(3, { senderId: self })), created(sampleMessage(4))];
    expect(ingest(start, events, self).replica.summary.unread).toBe(2);
  });

  it('follows the read position, which never goes back', () => {
    const replica = ingest(start, [created(sampleMessage(2)), created(sampleMessage(3)), created(sampleMessage(4))], self).replica;
    const read = markRead(replica, 3, self);
    expect(read.summary.unread).toBe(1);
    expect(markRead(read, 2, self)).toBe(read);
    expect(markRead(read, 4, self).summary.unread).toBe(0);
  });

  it('is not brought back by a summary from before the reading', () => {
    const replica = ingest(start, [created(sampleMessage(2))], self).replica;
    const read = markRead(replica, 2, self);
    const stale = sampleConversation({ lastSeq: 2, lastMessage: sampleMessage(2), readSeq: 1, unread: 1 });
    expect(mergeSummary(read, stale, self).summary).toMatchObject({ unread: 0, readSeq: 2 });
  });

  it('does not count an entry twice that a summary contains already', () => {
    const fresh = sampleConversation({ lastSeq: 2, lastMessage: sampleMessage(2), unread: 1 });
    const merged = mergeSummary(start, fresh, self);
    expect(isBehind(merged)).toBe(true);
    expect(ingest(merged, [created(sampleMessage(2))], self).replica.summary.unread).toBe(1);
  });
});

describe('mergeSummary', () => {
  it('does not go back to an older last message', () => {
    const replica = ingest(start, [created(sampleMessage(2)), created(sampleMessage(3))], self).replica;
    const merged = mergeSummary(replica, sampleConversation({ lastSeq: 2, lastMessage: sampleMessage(2) }), self);
    expect(merged.summary.lastMessage?.seq).toBe(3);
    expect(merged.applied).toBe(3);
  });

  it('moves the cursor of a conversation that nobody looks at', () => {
    const idle = createReplica(sampleConversation());
    expect(mergeSummary(idle, sampleConversation({ lastSeq: 40 }), self).applied).toBe(40);
  });

  it('keeps the newest read position of each member', () => {
    const replica = memberRead(start, peer, 9);
    const merged = mergeSummary(replica, sampleConversation(), self);
    expect(merged.summary.members.find((member) => member.userId === peer)?.readSeq).toBe(9);
  });
});
