import * as fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '@/lib/api-error';
import { silentChannel } from '@/lib/channel';
import { createLocalLocks } from '@/lib/locks';
import type { LogEvent, Message } from '@/lib/wire';
import { SyncClient } from './client';
import { createMemoryOutboxStorage, type OutboxStorage } from './outbox-storage';
import { FakeClock, settle } from './testing/fake-clock';
import { FakeServer } from './testing/fake-server';
import { FakeSockets } from './testing/fake-sockets';
import { peer, self } from './testing/samples';

interface World {
  clock: FakeClock;
  sockets: FakeSockets;
  server: FakeServer;
  client: SyncClient;
  storage: OutboxStorage;
  onOtherUser: () => void;
}

function createWorld(ids?: string[]): World {
  const clock = new FakeClock();
  const sockets = new FakeSockets();
  const server = new FakeServer(ids);
  const storage = createMemoryOutboxStorage();
  const onOtherUser = vi.fn<() => void>();
  const client = new SyncClient({
    self,
    api: server,
    openSocket: sockets.factory,
    storage,
    locks: createLocalLocks(),
    clock,
    random: () => 0.5,
    tabs: silentChannel(),
    onOtherUser,
  });
  return { clock, sockets, server, client, storage, onOtherUser };
}

function deliver({ sockets }: World, event: LogEvent): void {
  sockets.last.deliver(event);
}

/** Connects, and from then on the socket brings every entry, as a good network does. */
async function goOnline(world: World): Promise<void> {
  world.server.listen((event) => deliver(world, event));
  world.client.start();
  world.sockets.last.hello(self);
  await settle();
}

const shown = ({ client }: World, id = 'c1') => client.store.getState().conversations.get(id)?.window?.messages ?? [];
const texts = (messages: readonly Message[]) => messages.map((message) => message.text);
const down = () => new ApiError('down', 'network', 0, '');
const say = (text: string, conversationId = 'c1') => ({ conversationId, text, attachments: [] });

let world: World;

beforeEach(() => {
  world = createWorld();
});

describe('the sync core', () => {
  it('catches up on hello before it sends anything', async () => {
    await world.client.send(say('mine'));
    world.server.write('c1', 'theirs');
    await goOnline(world);
    await world.clock.advance(1_000);
    const { calls } = world.server;
    expect(calls.indexOf('sync')).toBeGreaterThanOrEqual(0);
    expect(calls.indexOf('sync')).toBeLessThan(calls.indexOf('send mine'));
    world.client.open('c1');
    await settle();
    expect(texts(shown(world))).toEqual(['theirs', 'mine']);
  });

  it('shows a live message at once, and tells of it', async () => {
    await goOnline(world);
    world.client.open('c1');
    await settle();
    const heard: string[] = [];
    world.client.onIncoming((message) => heard.push(message.text));
    world.server.write('c1', 'hello');
    expect(texts(shown(world))).toEqual(['hello']);
    expect(heard).toEqual(['hello']);
    expect(world.client.store.getState().conversations.get('c1')?.summary.unread).toBe(1);
  });

  it('shows an own message from the moment of sending, once', async () => {
    await goOnline(world);
    world.client.open('c1');
    await settle();
    await world.client.send(say('hi'));
    await settle();
    expect(texts(shown(world))).toEqual(['hi']);
    expect(world.client.store.getState().outbox.items).toEqual([]);
  });

  it('fills a gap in what the socket brings', async () => {
    await goOnline(world);
    world.client.open('c1');
    await settle();
    world.server.listen(() => undefined);
    for (let count = 0; count < 7; count++) world.server.write('c1', `lost ${count}`);
    world.server.listen((event) => deliver(world, event));
    world.server.write('c1', 'heard');
    await world.clock.advance(1_000);
    expect(texts(shown(world))).toEqual(texts(world.server.current('c1')));
    expect(world.server.calls).toContain('events');
  });

  it('jumps to the present when too much was missed', async () => {
    await goOnline(world);
    world.client.open('c1');
    world.server.write('c1', 'first');
    await settle();
    world.sockets.last.break();
    for (let count = 0; count < 30; count++) world.server.write('c1', `missed ${count}`);
    await world.clock.advance(1_000);
    world.sockets.last.hello(self);
    await world.clock.advance(1_000);
    expect(texts(shown(world))).toEqual(texts(world.server.current('c1').slice(-5)));
    await world.client.history.loadOlder('c1');
    expect(texts(shown(world))).toEqual(texts(world.server.current('c1').slice(-10)));
  });

  it('syncs when the server says that it can not vouch', async () => {
    await goOnline(world);
    const before = world.server.calls.filter((call) => call === 'sync').length;
    world.sockets.last.deliver({ type: 'resync' });
    await settle();
    expect(world.server.calls.filter((call) => call === 'sync').length).toBe(before + 1);
  });

  it('learns of a new conversation from its first entry', async () => {
    await goOnline(world);
    world.server.create('c2');
    world.server.write('c2', 'surprise');
    await world.clock.advance(1_000);
    expect(world.client.store.getState().conversations.get('c2')?.summary).toMatchObject({ unread: 1, lastSeq: 2 });
  });

  it('keeps sending over HTTP when no gateway can be reached', async () => {
    world.client.start();
    await world.client.send(say('still here'));
    for (let failure = 0; failure < 4; failure++) {
      world.sockets.last.break();
      await world.clock.advance(9_000);
    }
    expect(texts(world.server.current('c1'))).toEqual(['still here']);
  });

  it('says that a conversation does not exist', async () => {
    await goOnline(world);
    world.client.open('nothing');
    await settle();
    expect(world.client.store.getState().missing.has('nothing')).toBe(true);
  });

  it('starts anew if the socket is somebody else’s', async () => {
    world.client.start();
    world.sockets.last.hello('another');
    expect(world.onOtherUser).toHaveBeenCalledOnce();
  });

  it('reports a read position after a moment, once for many', async () => {
    await goOnline(world);
    for (let count = 0; count < 3; count++) world.server.write('c1', `m${count}`);
    await settle();
    world.client.read('c1', 2);
    world.client.read('c1', 4);
    expect(world.client.store.getState().conversations.get('c1')?.summary.unread).toBe(0);
    await world.clock.advance(1_000);
    expect(world.server.calls.filter((call) => call === 'read')).toHaveLength(1);
    expect(world.server.unread('c1')).toBe(0);
  });

  it('follows the read positions of others, and its own from another device', async () => {
    await goOnline(world);
    world.server.write('c1', 'hello');
    world.sockets.last.deliver({ type: 'read', conversationId: 'c1', userId: self, seq: 2 });
    world.sockets.last.deliver({ type: 'read', conversationId: 'c1', userId: peer, seq: 2 });
    const summary = world.client.store.getState().conversations.get('c1')?.summary;
    expect(summary).toMatchObject({ unread: 0, readSeq: 2 });
    expect(summary?.members.find((member) => member.userId === peer)?.readSeq).toBe(2);
  });

  it('forgets presence only when it has been without a socket for a while', async () => {
    await goOnline(world);
    world.client.watch(peer);
    await world.clock.advance(200);
    expect(world.sockets.last.framesOf('watch')).toEqual([{ type: 'watch', userIds: [peer] }]);
    world.sockets.last.deliver({ type: 'presence', userId: peer, online: true, lastSeenAt: null });
    world.sockets.last.deliver({ type: 'presence.unknown' });
    expect(world.client.store.getState().presence.size).toBe(0);
    world.sockets.last.deliver({ type: 'presence', userId: peer, online: true, lastSeenAt: null });
    world.sockets.last.break();
    await world.clock.advance(1_000);
    expect(world.client.store.getState().presence.get(peer)?.online).toBe(true);
    world.sockets.last.hello(self);
    expect(world.sockets.last.framesOf('watch')).toHaveLength(1);
    world.sockets.last.break();
    await world.clock.advance(11_000);
    expect(world.client.store.getState().presence.size).toBe(0);
  });

  it('tells of typing every three seconds at most, and forgets that of others after six', async () => {
    await goOnline(world);
    for (let key = 0; key < 8; key++) {
      world.client.startTyping('c1');
      await world.clock.advance(500);
    }
    expect(world.sockets.last.framesOf('typing')).toHaveLength(2);
    world.client.stopTyping('c1');
    world.client.stopTyping('c1');
    expect(world.sockets.last.framesOf('typing')).toHaveLength(3);
    world.sockets.last.deliver({ type: 'typing', conversationId: 'c1', userId: peer, active: true });
    await world.clock.advance(5_999);
    expect(world.client.store.getState().typing.get('c1')).toEqual([peer]);
    await world.clock.advance(1);
    expect(world.client.store.getState().typing.size).toBe(0);
  });
});

type Step =
  | { kind: 'write'; id: string }
  | { kind: 'edit'; id: string; seq: number }
  | { kind: 'touch'; id: string; seq: number; what: Parameters<FakeServer['touch']>[2] }
  | { kind: 'regroup'; id: string; what: Parameters<FakeServer['regroup']>[1] }
  | { kind: 'send'; id: string }
  | { kind: 'around'; id: string; seq: number }
  | { kind: 'newer'; id: string }
  | { kind: 'open'; id: string }
  | { kind: 'older'; id: string }
  | { kind: 'fault'; fault: 'down' | 'busy' | 'limited' | 'lost' }
  | { kind: 'network'; mode: Mode }
  | { kind: 'break' }
  | { kind: 'hello' }
  | { kind: 'reconnect' }
  | { kind: 'resync' }
  | { kind: 'wait'; ms: number };

/** What the socket does to entries on their way. */
type Mode = 'deliver' | 'lose' | 'twice' | 'late';

const ids = ['c1', 'c2'];
const anyId = fc.constantFrom(...ids);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), id: anyId }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('edit' as const), id: anyId, seq: fc.integer({ min: 2, max: 20 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('touch' as const), id: anyId, seq: fc.integer({ min: 2, max: 20 }), what: fc.constantFrom('delete', 'pin', 'unpin', 'react', 'unreact') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('regroup' as const), id: anyId, what: fc.constantFrom('title', 'join', 'leave') }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('send' as const), id: anyId }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('around' as const), id: anyId, seq: fc.integer({ min: 2, max: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('newer' as const), id: anyId }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('open' as const), id: anyId }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('older' as const), id: anyId }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('fault' as const), fault: fc.constantFrom('down', 'busy', 'limited', 'lost') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('network' as const), mode: fc.constantFrom<Mode>('deliver', 'lose', 'twice', 'late') }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'break' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'hello' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reconnect' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'resync' as const }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(0, 100, 2_000, 20_000) }) },
);

const faults = {
  down,
  busy: () => new ApiError('busy', 'http', 503, 'unavailable', [], 1_000),
  limited: () => new ApiError('slow', 'http', 429, 'rate_limited', [], 6_000),
  lost: () => 'lost' as const,
};

/** A network that does to entries what the current mode says. */
class Network {
  mode: Mode = 'deliver';
  private readonly late: LogEvent[] = [];

  constructor(private readonly to: World) {}

  carry = (event: LogEvent): void => {
    if (this.mode === 'lose') return;
    if (this.mode === 'late') {
      this.late.unshift(event);
      return;
    }
    deliver(this.to, event);
    if (this.mode === 'twice') deliver(this.to, event);
    // What was held back comes now, newest first.
    for (const held of this.late.splice(0)) deliver(this.to, held);
  };
}

async function run(at: World, network: Network, steps: readonly Step[]): Promise<string[]> {
  const sent: string[] = [];
  for (const one of steps) {
    if (one.kind === 'write') at.server.write(one.id, `written ${at.server.calls.length}`);
    if (one.kind === 'edit') at.server.revise(one.id, one.seq);
    if (one.kind === 'send') {
      sent.push(`${one.id} ${sent.length}`);
      void at.client.send(say(`${one.id} ${sent.length - 1}`, one.id));
    }
    if (one.kind === 'touch') at.server.touch(one.id, one.seq, one.what);
    if (one.kind === 'regroup') at.server.regroup(one.id, one.what);
    if (one.kind === 'around') void at.client.history.loadAround(one.id, one.seq).catch(() => undefined);
    if (one.kind === 'newer') void at.client.history.loadNewer(one.id);
    if (one.kind === 'open') at.client.open(one.id);
    if (one.kind === 'older') void at.client.history.loadOlder(one.id);
    if (one.kind === 'fault') at.server.faults.push(faults[one.fault]());
    if (one.kind === 'network') network.mode = one.mode;
    if (one.kind === 'break') at.sockets.last.break();
    if (one.kind === 'hello') at.sockets.last.hello(self);
    if (one.kind === 'reconnect') at.sockets.last.deliver({ type: 'reconnect', afterMs: 50, reason: 'drain' });
    if (one.kind === 'resync') at.sockets.last.deliver({ type: 'resync' });
    if (one.kind === 'wait') await at.clock.advance(one.ms);
    if (one.kind !== 'wait' && at.server.calls.length % 3 === 0) await settle();
  }
  return sent;
}

/** The faults end: the client must find back by itself. */
async function heal(at: World, network: Network): Promise<void> {
  network.mode = 'deliver';
  at.server.faults.length = 0;
  for (let round = 0; round < 12; round++) {
    at.sockets.last.hello(self);
    at.sockets.last.deliver({ type: 'ping' });
    await at.clock.advance(8_000);
  }
}

/** The messages of the log from the first of `messages` on, as many as there are. */
function stretch(truth: readonly Message[], messages: readonly Message[]): readonly Message[] {
  const start = truth.findIndex((message) => message.seq === messages[0]?.seq);
  return truth.slice(Math.max(0, start), Math.max(0, start) + messages.length);
}

const runs = Number(process.env['PROPERTY_RUNS'] ?? 300);

describe('whatever happens on the way', () => {
  it('ends with the log of the server, and every own message in it once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const at = createWorld(ids);
        const network = new Network(at);
        at.server.listen(network.carry);
        at.client.start();
        const sent = await run(at, network, steps);
        await heal(at, network);
        for (const id of ids) {
          const truth = at.server.current(id);
          const own = truth.filter((message) => message.senderId === self);
          const expected = sent.filter((text) => text.startsWith(id));
          expect(own).toHaveLength(expected.length);
          own.forEach((message, index) => expect(['', expected[index]]).toContain(message.text.replaceAll('*', '')));
          const replica = at.client.store.getState().conversations.get(id);
          expect(replica?.summary.lastMessage).toEqual(truth.at(-1) ?? null);
          expect(replica?.summary.unread).toBe(at.server.unread(id));
          const messages = replica?.window?.messages ?? [];
          const loaded = replica?.window?.status === 'ready';
          const toTheEnd = loaded && replica.window?.hasMoreAfter === false;
          expect(messages).toEqual(loaded ? stretch(truth, messages) : messages);
          expect(messages.at(-1)).toEqual(toTheEnd ? truth.at(-1) : messages.at(-1));
          expect({ ...replica?.summary, readSeq: 0 }).toEqual({ ...at.server.summary(id), readSeq: 0 });
        }
        expect(at.client.store.getState().outbox.items).toEqual([]);
        expect(await at.storage.load()).toEqual([]);
        at.client.stop();
      }),
      { numRuns: runs },
    );
  }, 20_000 + runs * 20);
});
