import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '@/lib/api-error';
import { silentChannel, type TabChannel } from '@/lib/channel';
import { createLocalLocks, type Locks } from '@/lib/locks';
import type { Message, NewMessage } from '@/lib/wire';
import { Outbox, type OutboxNotice, type OutboxState } from './outbox';
import { createMemoryOutboxStorage, openOutboxStorage, type OutboxStorage } from './outbox-storage';
import { FakeClock, settle } from './testing/fake-clock';
import { peer, sampleMessage, self } from './testing/samples';

interface Sent {
  conversationId: string;
  message: NewMessage;
}

class Post {
  readonly sent: Sent[] = [];
  readonly faults: ApiError[] = [];

  send = async (conversationId: string, message: NewMessage): Promise<Message> => {
    this.sent.push({ conversationId, message });
    const fault = this.faults.shift();
    await Promise.resolve();
    if (fault !== undefined) throw fault;
    return sampleMessage(this.sent.length + 1, { conversationId, senderId: self, clientId: message.clientId, text: message.text ?? '' });
  };

  get texts(): (string | undefined)[] {
    return this.sent.map(({ message }) => message.text);
  }
}

let clock: FakeClock;
let post: Post;
let storage: OutboxStorage;
let locks: Locks;

interface Tab {
  outbox: Outbox;
  state: () => OutboxState;
  confirmed: Message[];
}

function openTab(tabs: TabChannel<OutboxNotice> = silentChannel()): Tab {
  let state: OutboxState = { items: [], pausedUntil: null, pausedBy: null };
  const confirmed: Message[] = [];
  const outbox = new Outbox({
    userId: self,
    storage,
    locks,
    clock,
    random: () => 0.5,
    tabs,
    send: post.send,
    onChange: (next) => {
      state = next;
    },
    onSent: (message) => {
      confirmed.push(message);
      outbox.confirm(message.conversationId, message.seq, [message.clientId]);
    },
  });
  return { outbox, state: () => state, confirmed };
}

/** Two tabs of one user hear each other. */
function tabPair(): [TabChannel<OutboxNotice>, TabChannel<OutboxNotice>] {
  const handlers = [new Set<(notice: OutboxNotice) => void>(), new Set<(notice: OutboxNotice) => void>()] as const;
  const end = (own: 0 | 1, other: 0 | 1): TabChannel<OutboxNotice> => ({
    post: (notice) => handlers[other].forEach((handler) => handler(notice)),
    listen: (handler) => {
      handlers[own].add(handler);
      return () => handlers[own].delete(handler);
    },
    close: () => undefined,
  });
  return [end(0, 1), end(1, 0)];
}

const text = (words: string, conversationId = 'c1') => ({ conversationId, text: words, attachments: [] });
const down = () => new ApiError('down', 'network', 0, '');
const limited = (seconds: number) => new ApiError('slow', 'http', 429, 'rate_limited', [], seconds * 1_000);

beforeEach(() => {
  clock = new FakeClock();
  post = new Post();
  storage = createMemoryOutboxStorage();
  locks = createLocalLocks();
});

describe('the outbox', () => {
  it('shows a message at once, and sends it only when it may', async () => {
    const { outbox, state } = openTab();
    await outbox.enqueue(text('hello'));
    await clock.advance(60_000);
    expect(post.sent).toEqual([]);
    expect(state().items).toMatchObject([{ text: 'hello', state: 'queued' }]);
    outbox.flow();
    await clock.advance(0);
    expect(post.texts).toEqual(['hello']);
    expect(state().items).toEqual([]);
    expect(await storage.load()).toEqual([]);
  });

  it('sends in order, whatever fails in between', async () => {
    const { outbox, state } = openTab();
    outbox.flow();
    post.faults.push(down(), down());
    for (const word of ['one', 'two', 'three']) await outbox.enqueue(text(word));
    await clock.advance(10_000);
    expect(post.texts).toEqual(['one', 'one', 'one', 'two', 'three']);
    expect(new Set(post.sent.slice(0, 3).map(({ message }) => message.clientId)).size).toBe(1);
    expect(state().items).toEqual([]);
  });

  it('waits as long as a rate limit says', async () => {
    const { outbox, state } = openTab();
    outbox.flow();
    post.faults.push(limited(12));
    await outbox.enqueue(text('hello'));
    await settle();
    expect(state()).toMatchObject({ pausedBy: 'rate-limit', pausedUntil: clock.now() + 12_000 });
    outbox.flow();
    await clock.advance(11_999);
    expect(post.sent).toHaveLength(1);
    await clock.advance(1);
    expect(post.sent).toHaveLength(2);
    expect(state().pausedUntil).toBeNull();
  });

  it('does not wait out a failure once the connection is back', async () => {
    const { outbox } = openTab();
    outbox.flow();
    post.faults.push(new ApiError('', 'http', 503, 'unavailable', [], 30_000));
    await outbox.enqueue(text('hello'));
    await clock.advance(1_000);
    expect(post.sent).toHaveLength(1);
    outbox.flow();
    await clock.advance(0);
    expect(post.sent).toHaveLength(2);
  });

  it('keeps a refused message until it is retried or deleted, and goes on with the next', async () => {
    const { outbox, state } = openTab();
    outbox.flow();
    post.faults.push(new ApiError('Too long', 'http', 400, 'validation_failed'));
    await outbox.enqueue(text('bad'));
    await outbox.enqueue(text('good'));
    await clock.advance(1_000);
    expect(post.texts).toEqual(['bad', 'good']);
    expect(state().items).toMatchObject([{ text: 'bad', state: 'failed', failure: 'Too long' }]);
    const [item] = state().items;
    await outbox.retry(item?.clientId ?? '');
    await clock.advance(1_000);
    expect(post.sent.at(-1)?.message.clientId).toBe(item?.clientId);
    expect(state().items).toEqual([]);
  });

  it('knows what is forbidden, so that nobody is told to try again', async () => {
    const { outbox, state } = openTab();
    outbox.flow();
    post.faults.push(new ApiError('not possible between the two of you', 'http', 403, 'blocked'));
    await outbox.enqueue(text('still there?'));
    await clock.advance(1_000);
    expect(state().items).toMatchObject([{ state: 'failed', forbidden: true }]);
    const later = openTab();
    await later.outbox.load();
    expect(later.state().items).toMatchObject([{ state: 'failed', forbidden: true }]);
  });

  it('forwards once, whatever becomes of the answers and of the page', async () => {
    const forward = { of: { conversationId: 'c0', messageId: 'm1' }, from: peer };
    const before = openTab();
    await before.outbox.enqueue({ ...text('shown until it is there'), forward });
    await settle();
    before.outbox.stop();

    const { outbox, state } = openTab();
    await outbox.load();
    expect(state().items).toMatchObject([{ text: 'shown until it is there', forward, state: 'queued' }]);
    post.faults.push(down(), down());
    outbox.flow();
    await clock.advance(10_000);
    const [{ clientId } = { clientId: '' }] = before.state().items;
    expect(post.sent.map(({ message }) => message)).toEqual(Array.from({ length: 3 }, () => ({ clientId, forwardOf: forward.of })));
    expect(state().items).toEqual([]);
  });

  it('deletes for good', async () => {
    const { outbox, state } = openTab();
    await outbox.enqueue(text('never mind'));
    await outbox.discard(state().items[0]?.clientId ?? '');
    outbox.flow();
    await clock.advance(1_000);
    expect(post.sent).toEqual([]);
    expect(await storage.load()).toEqual([]);
  });

  it('keeps messages when the session is over', async () => {
    const { outbox, state } = openTab();
    outbox.flow();
    post.faults.push(new ApiError('', 'http', 401, 'unauthenticated'));
    await outbox.enqueue(text('hello'));
    await clock.advance(60_000);
    expect(post.sent).toHaveLength(1);
    expect(state().items).toMatchObject([{ state: 'queued' }]);
    expect(await storage.load()).toHaveLength(1);
  });

  it('does not let one conversation hold up another', async () => {
    const { outbox } = openTab();
    await outbox.enqueue(text('a', 'c1'));
    await outbox.enqueue(text('b', 'c2'));
    outbox.flow();
    await settle();
    expect(post.sent.map(({ conversationId }) => conversationId).toSorted()).toEqual(['c1', 'c2']);
  });

  it('drops its copy when the log shows the message before the answer comes', async () => {
    const { outbox, state } = openTab();
    outbox.flow();
    await outbox.enqueue(text('hello'));
    outbox.confirm('c1', 2, [state().items[0]?.clientId ?? '']);
    await clock.advance(1_000);
    expect(state().items).toEqual([]);
    expect(post.sent.length).toBeLessThanOrEqual(1);
  });
});

describe('with IndexedDB', () => {
  it('survives a reload, and sends with the same clientId', async () => {
    storage = await openOutboxStorage('reload');
    const before = openTab();
    await before.outbox.enqueue(text('one'));
    await before.outbox.enqueue(text('two'));
    const clientIds = before.state().items.map((item) => item.clientId);
    before.outbox.stop();

    storage = await openOutboxStorage('reload');
    const after = openTab();
    await after.outbox.load();
    expect(after.state().items).toMatchObject([{ text: 'one', state: 'queued' }, { text: 'two' }]);
    after.outbox.flow();
    await expect.poll(() => post.sent.map(({ message }) => message.clientId)).toEqual(clientIds);
    await expect.poll(() => storage.load()).toEqual([]);
  });
});

describe('two tabs', () => {
  it('do not both send what is left from before', async () => {
    const [left, right] = tabPair();
    const old = openTab();
    await old.outbox.enqueue(text('one'));
    await old.outbox.enqueue(text('two'));
    old.outbox.stop();
    const a = openTab(left);
    const b = openTab(right);
    await Promise.all([a.outbox.load(), b.outbox.load()]);
    a.outbox.flow();
    b.outbox.flow();
    await clock.advance(1_000);
    expect(post.texts).toEqual(['one', 'two']);
    expect(a.state().items).toEqual([]);
    expect(b.state().items).toEqual([]);
    expect(b.confirmed.length).toBe(2);
  });

  it('show what the other queues, and send it if the other goes away', async () => {
    const [left, right] = tabPair();
    const a = openTab(left);
    const b = openTab(right);
    b.outbox.flow();
    await a.outbox.enqueue(text('hello'));
    await clock.advance(5_000);
    expect(b.state().items).toMatchObject([{ text: 'hello', state: 'queued' }]);
    expect(post.sent).toEqual([]);
    await clock.advance(60_000);
    expect(post.texts).toEqual(['hello']);
  });
});
