import { expect, it } from 'vitest';
import { ApiError } from '@/lib/api-error';
import { DeliveredPositions } from './delivered-positions';
import { FakeClock } from './testing/fake-clock';

function reports(faults: ApiError[] = []) {
  const clock = new FakeClock();
  const sent: Record<string, number>[] = [];
  const positions = new DeliveredPositions(clock, async (report) => {
    sent.push(report);
    await Promise.resolve();
    const fault = faults.shift();
    if (fault !== undefined) throw fault;
  });
  return { clock, sent, positions };
}

it('reports a hundred messages that came together at once', async () => {
  const { clock, sent, positions } = reports();
  for (let seq = 1; seq <= 100; seq++) positions.reached('c1', seq);
  positions.reached('c2', 7);
  expect(sent).toEqual([]);
  await clock.advance(1_000);
  expect(sent).toEqual([{ c1: 100, c2: 7 }]);
  positions.reached('c1', 99);
  await clock.advance(60_000);
  expect(sent).toHaveLength(1);
});

it('reports again what got lost on the way, with what has come since', async () => {
  const { clock, sent, positions } = reports([new ApiError('down', 'network', 0, '')]);
  positions.reached('c1', 3);
  await clock.advance(1_000);
  positions.reached('c1', 5);
  await clock.advance(60_000);
  expect(sent).toEqual([{ c1: 3 }, { c1: 5 }]);
});
