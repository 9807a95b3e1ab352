import { describe, expect, it } from 'vitest';
import { createLocalLocks } from './locks';

describe('local locks', () => {
  it('run one job of a name at a time, in order, and go on after a failure', async () => {
    const locks = createLocalLocks();
    const log: string[] = [];
    const job = (name: string, fails = false) => async () => {
      log.push(`${name} starts`);
      await Promise.resolve();
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
    const results = await Promise.allSettled([
      locks.run('x', job('one')),
      locks.run('x', job('two', true)),
      locks.run('x', job('three')),
    ]);
    expect(log).toEqual(['one starts', 'one ends', 'two starts', 'two ends', 'three starts', 'three ends']);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('do not hold up jobs of other names', async () => {
    const locks = createLocalLocks();
    void locks.run('x', () => new Promise(() => undefined));
    await expect(locks.run('y', async () => 'done')).resolves.toBe('done');
  });
});
