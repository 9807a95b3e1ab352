import { beforeEach, expect, it } from 'vitest';
import { silentChannel } from '@/lib/channel';
import { createLocalLocks } from '@/lib/locks';
import { SyncClient } from './client';
import { createMemoryOutboxStorage } from './outbox-storage';
import { FakeClock, settle } from './testing/fake-clock';
import { FakeServer } from './testing/fake-server';
import { FakeSockets } from './testing/fake-sockets';
import { self } from './testing/samples';

const minutes = 60_000;

let clock: FakeClock;
let sockets: FakeSockets;
let client: SyncClient;

beforeEach(async () => {
  clock = new FakeClock();
  sockets = new FakeSockets();
  client = new SyncClient({
    self,
    api: new FakeServer(),
    openSocket: sockets.factory,
    storage: createMemoryOutboxStorage(),
    locks: createLocalLocks(),
    clock,
    random: () => 0.5,
    tabs: silentChannel(),
    onOtherUser: () => undefined,
  });
  client.start();
  sockets.last.hello(self, 60 * minutes);
  await settle();
});

const told = () => sockets.last.framesOf('activity');

it('tells that nobody is there after five minutes without input, and at once that somebody is', async () => {
  await clock.advance(4 * minutes);
  client.input();
  await clock.advance(4.9 * minutes);
  expect(told()).toEqual([]);
  await clock.advance(0.2 * minutes);
  expect(told()).toEqual([{ type: 'activity', idle: true }]);
  await clock.advance(20 * minutes);
  client.input();
  client.input();
  expect(told()).toEqual([
    { type: 'activity', idle: true },
    { type: 'activity', idle: false },
  ]);
  await clock.advance(5 * minutes);
  expect(told()).toHaveLength(3);
});

it('connects anew as a device where nobody is, and tells what has changed meanwhile', async () => {
  await clock.advance(6 * minutes);
  sockets.last.break();
  await clock.advance(minutes);
  expect(sockets.last.openedIdle).toBe(true);
  client.input();
  sockets.last.hello(self, 60 * minutes);
  await settle();
  expect(told()).toEqual([{ type: 'activity', idle: false }]);
  sockets.last.break();
  await clock.advance(minutes);
  expect(sockets.last.openedIdle).toBe(false);
  sockets.last.hello(self, 60 * minutes);
  await settle();
  expect(told()).toEqual([]);
});
