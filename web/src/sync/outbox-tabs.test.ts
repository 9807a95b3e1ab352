import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ApiError } from '@/lib/api-error';
import type { TabChannel } from '@/lib/channel';
import { createLocalLocks } from '@/lib/locks';
import type { Message, NewMessage } from '@/lib/wire';
import { Outbox, type OutboxNotice } from './outbox';
import { createMemoryOutboxStorage } from './outbox-storage';
import { FakeClock } from './testing/fake-clock';
import { sampleMessage, self } from './testing/samples';

/** What becomes of a send: the answer comes, the request is lost, or the answer is, with the message stored. */
type Fate = 'answered' | 'request lost' | 'answer lost' | 'busy';

type Step =
  | { kind: 'write' | 'reload'; tab: number; room: string }
  | { kind: 'flow' | 'hold'; tab: number }
  | { kind: 'fate'; fate: Fate; delay: number }
  | { kind: 'wait'; ms: number };

const tabs = [0, 1] as const;
const tab = fc.constantFrom(...tabs);
const room = fc.constantFrom('c1', 'c2');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), tab, room }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reload' as const), tab, room }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('flow' as const, 'hold' as const), tab }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('fate' as const),
      fate: fc.constantFrom<Fate>('answered', 'request lost', 'answer lost', 'busy'),
      delay: fc.nat(3_000),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(70_000) }) },
);

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`no tab ${index}`);
  return found;
}

/** A server that stores each clientId once, and two tabs of one browser. */
class World {
  readonly clock = new FakeClock();
  private readonly storage = createMemoryOutboxStorage();
  private readonly locks = createLocalLocks();
  private readonly ears = tabs.map(() => new Set<(notice: OutboxNotice) => void>());
  private readonly fates: { fate: Fate; delay: number }[] = [];
  readonly log = new Map<string, string[]>();
  readonly written = tabs.map(() => new Map<string, string[]>());
  readonly answered = new Set<string>();
  private readonly underWay = new Set<string>();
  readonly sentAgain: string[] = [];
  private readonly outboxes = tabs.map((index) => this.open(index));
  private count = 0;

  async play(next: Step): Promise<void> {
    switch (next.kind) {
      case 'write': {
        const text = `${++this.count}`;
        const written = at(this.written, next.tab);
        written.set(next.room, [...(written.get(next.room) ?? []), text]);
        await at(this.outboxes, next.tab).enqueue({ conversationId: next.room, text, attachments: [] });
        return;
      }
      case 'reload':
        at(this.outboxes, next.tab).stop();
        this.outboxes[next.tab] = this.open(next.tab);
        await at(this.outboxes, next.tab).load();
        return;
      case 'flow':
      case 'hold':
        at(this.outboxes, next.tab)[next.kind]();
        return;
      case 'fate':
        this.fates.push(next);
        return;
      case 'wait':
        await this.clock.advance(next.ms);
    }
  }

  async heal(): Promise<void> {
    this.fates.length = 0;
    for (const outbox of this.outboxes) outbox.flow();
    await this.clock.advance(600_000);
  }

  stored(): Promise<unknown[]> {
    return this.storage.load();
  }

  private open(index: number): Outbox {
    const ear = at(this.ears, index);
    const channel: TabChannel<OutboxNotice> = {
      post: (notice) => this.ears.forEach((other) => other !== ear && other.forEach((handler) => handler(notice))),
      listen: (handler) => {
        ear.add(handler);
        return () => ear.delete(handler);
      },
      close: () => undefined,
    };
    const outbox: Outbox = new Outbox({
      userId: self,
      storage: this.storage,
      locks: this.locks,
      clock: this.clock,
      random: () => 0.5,
      tabs: channel,
      send: (conversationId, message) => this.send(conversationId, message),
      onChange: () => undefined,
      onSent: (message) => outbox.confirm(message.conversationId, message.seq, [message.clientId]),
    });
    return outbox;
  }

  private async send(conversationId: string, message: NewMessage): Promise<Message> {
    if (this.answered.has(message.clientId) || this.underWay.has(message.clientId)) this.sentAgain.push(message.clientId);
    const { fate, delay } = this.fates.shift() ?? { fate: 'answered', delay: 0 };
    this.underWay.add(message.clientId);
    await new Promise<void>((resolve) => void this.clock.setTimeout(resolve, delay));
    this.underWay.delete(message.clientId);
    if (fate === 'busy') throw new ApiError('busy', 'http', 503, 'unavailable', [], 2_000);
    if (fate === 'request lost') throw new ApiError('down', 'network', 0, '');
    const text = message.text ?? '';
    const before = this.log.get(conversationId) ?? [];
    const log = before.includes(text) ? before : [...before, text];
    this.log.set(conversationId, log);
    if (fate === 'answer lost') throw new ApiError('down', 'network', 0, '');
    this.answered.add(message.clientId);
    return sampleMessage(log.indexOf(text) + 2, { conversationId, senderId: self, clientId: message.clientId, text });
  }
}

it('two tabs send everything once and in order, whatever fails, reloads or pauses in between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const world = new World();
      for (const next of steps) await world.play(next);
      await world.heal();
      expect(world.sentAgain).toEqual([]);
      expect(await world.stored()).toEqual([]);
      for (const id of ['c1', 'c2']) {
        const log = world.log.get(id) ?? [];
        const own = world.written.map((written) => written.get(id) ?? []);
        expect(log.toSorted()).toEqual(own.flat().toSorted());
        for (const texts of own) expect(log.filter((text) => texts.includes(text))).toEqual(texts);
      }
    }),
    { numRuns: 300 },
  );
}, 60_000);
