import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Connection, type ConnectionState } from './connection';
import type { ServerFrame } from './frames';
import { FakeClock, settle } from './testing/fake-clock';
import { FakeSockets } from './testing/fake-sockets';

let clock: FakeClock;
let sockets: FakeSockets;
let states: ConnectionState[];
let frames: ServerFrame[];
let connection: Connection;
const sessionHolds = vi.fn<(attempt: number) => Promise<boolean>>();

const phase = () => states.at(-1)?.phase;

beforeEach(() => {
  clock = new FakeClock();
  sockets = new FakeSockets();
  states = [];
  frames = [];
  sessionHolds.mockReset().mockResolvedValue(true);
  connection = new Connection({
    open: sockets.factory,
    clock,
    random: () => 0.5,
    onState: (state) => states.push(state),
    onFrame: (frame) => frames.push(frame),
    sessionHolds,
  });
  connection.start();
});

describe('a connection', () => {
  it('is online once hello has come, and answers pings', () => {
    expect(phase()).toBe('connecting');
    sockets.last.hello('me');
    expect(phase()).toBe('online');
    sockets.last.deliver({ type: 'ping' });
    expect(sockets.last.framesOf('pong')).toHaveLength(1);
  });

  it('gives up a socket that never says hello', async () => {
    await clock.advance(10_000);
    expect(sockets.all[0]?.closedByClient).toBe(true);
    expect(phase()).toBe('waiting');
  });

  it('takes a socket for dead that is silent for 2.5 ping intervals, and not before', async () => {
    sockets.last.hello('me', 10_000);
    await clock.advance(20_000);
    sockets.last.deliver({ type: 'ping' });
    await clock.advance(24_000);
    expect(phase()).toBe('online');
    await clock.advance(2_000);
    expect(sockets.all[0]?.closedByClient).toBe(true);
    expect(sockets.all.length).toBe(2);
  });

  it('comes back at once after a loss, and more slowly while it fails', async () => {
    sockets.last.hello('me');
    await clock.advance(10_000);
    sockets.last.break();
    await clock.advance(300);
    expect(sockets.all.length).toBe(2);
    const waits: number[] = [];
    for (let failure = 0; failure < 8; failure++) {
      sockets.last.break();
      await settle();
      const wait = (states.at(-1)?.retryAt ?? 0) - clock.now();
      waits.push(wait);
      await clock.advance(wait);
    }
    expect(waits).toEqual([750, 1_500, 3_000, 6_000, 11_250, 11_250, 11_250, 11_250]);
  });

  it('keeps backing off from a server that says hello and hangs up', async () => {
    const waits: number[] = [];
    for (let round = 0; round < 4; round++) {
      sockets.last.hello('me');
      sockets.last.break(1012);
      await settle();
      const wait = (states.at(-1)?.retryAt ?? 0) - clock.now();
      waits.push(wait);
      await clock.advance(wait);
    }
    expect(waits.toSorted((a, b) => a - b)).toEqual(waits);
    expect(waits.at(-1)).toBeGreaterThan(1_000);
  });

  it('does not wait when the page wakes or the network is back', async () => {
    for (let failure = 0; failure < 5; failure++) {
      sockets.last.break();
      await clock.advance(failure === 4 ? 0 : 11_250);
    }
    const before = sockets.all.length;
    expect(phase()).toBe('waiting');
    connection.wake();
    expect(sockets.all.length).toBe(before + 1);
    sockets.last.break();
    await settle();
    connection.networkChanged();
    expect(sockets.all.length).toBe(before + 2);
  });

  it('does not trust a socket that was silent while the machine slept', async () => {
    sockets.last.hello('me', 20_000);
    clock.sleep(45_000);
    await clock.advance(5_000);
    expect(sockets.all[0]?.closedByClient).toBe(true);
    await clock.advance(1_000);
    expect(sockets.all.length).toBe(2);
  });

  it('stops for good', async () => {
    sockets.last.hello('me');
    connection.stop();
    await clock.advance(60_000);
    expect(sockets.all.length).toBe(1);
    expect(sockets.last.closedByClient).toBe(true);
  });
});

describe('a handover', () => {
  beforeEach(() => {
    sockets.last.hello('me');
    sockets.last.deliver({ type: 'reconnect', afterMs: 3_000, reason: 'drain' });
  });

  it('opens the new socket first, and closes the old one after the new hello', async () => {
    await clock.advance(2_999);
    expect(sockets.all.length).toBe(1);
    await clock.advance(1);
    const [old, fresh] = sockets.all;
    expect(old?.closedByClient).toBe(false);
    old?.deliver({ type: 'resync' });
    expect(frames.some((frame) => frame.type === 'resync')).toBe(true);
    fresh?.hello('me');
    expect(old?.closedByClient).toBe(true);
    expect(states.map((state) => state.phase)).not.toContain('waiting');
    expect(connection.send({ type: 'typing', conversationId: 'c1', active: true })).toBe(true);
    expect(fresh?.framesOf('typing')).toHaveLength(1);
  });

  it('tries again while the old socket lives', async () => {
    await clock.advance(3_000);
    sockets.last.break();
    await clock.advance(1_000);
    expect(sockets.all.length).toBe(3);
    expect(phase()).toBe('online');
    sockets.last.hello('me');
    expect(sockets.all[0]?.closedByClient).toBe(true);
  });

  it('goes on with the new socket if the old one breaks meanwhile', async () => {
    await clock.advance(3_000);
    sockets.all[0]?.break(1012);
    expect(phase()).toBe('connecting');
    sockets.last.hello('me');
    expect(phase()).toBe('online');
    expect(sockets.all.length).toBe(2);
  });
});

describe('the session', () => {
  it('is asked for after 4401, and ends the connection if it is over', async () => {
    sockets.last.hello('me');
    sessionHolds.mockResolvedValue(false);
    sockets.last.break(4401);
    await clock.advance(60_000);
    expect(phase()).toBe('ended');
    expect(sockets.all.length).toBe(1);
  });

  it('lets the connection come back after 4401 if a refresh helped', async () => {
    sockets.last.hello('me');
    sockets.last.break(4401);
    await clock.advance(1_000);
    expect(sockets.all.length).toBe(2);
  });

  it('is asked for when a handshake fails, since browsers hide a 401 there', async () => {
    sessionHolds.mockResolvedValue(false);
    sockets.last.break(1006);
    await settle();
    expect(sessionHolds).toHaveBeenCalledOnce();
    expect(phase()).toBe('ended');
  });

  it('does not hold up the reconnect while the API hangs', async () => {
    sessionHolds.mockReturnValue(new Promise(() => undefined));
    sockets.last.break(1006);
    await clock.advance(1_000);
    expect(sockets.all.length).toBe(2);
  });

  it('is not asked for when a live socket breaks', async () => {
    sockets.last.hello('me');
    sockets.last.break(1012);
    await settle();
    expect(sessionHolds).not.toHaveBeenCalled();
  });
});
