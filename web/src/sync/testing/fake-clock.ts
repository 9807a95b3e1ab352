import type { Clock, Timer } from '@/lib/clock';

interface Due {
  at: number;
  run: () => void;
}

/** A clock that moves only when told to, and lets promises settle between its timers. */
export class FakeClock implements Clock {
  private time = Date.parse('2026-03-02T10:00:00Z');
  private nextId = 1;
  private readonly timers = new Map<Timer, Due>();

  now(): number {
    return this.time;
  }

  setTimeout(run: () => void, delay: number): Timer {
    const id = this.nextId++;
    this.timers.set(id, { at: this.time + Math.max(0, delay), run });
    return id;
  }

  clearTimeout(timer: Timer | null): void {
    if (timer !== null) this.timers.delete(timer);
  }

  /** Moves on by `duration` milliseconds, running what is due in order. */
  async advance(duration: number): Promise<void> {
    const end = this.time + duration;
    await settle();
    for (let due = this.next(end); due !== undefined; due = this.next(end)) {
      const [id, { at, run }] = due;
      this.timers.delete(id);
      this.time = Math.max(this.time, at);
      run();
      await settle();
    }
    this.time = end;
  }

  /** Moves the time without running timers, as a sleeping machine does. */
  sleep(duration: number): void {
    this.time += duration;
  }

  private next(end: number): [Timer, Due] | undefined {
    return [...this.timers].filter(([, due]) => due.at <= end).toSorted(([a, x], [b, y]) => x.at - y.at || a - b)[0];
  }
}

/** Lets everything run that waits for promises only. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}
