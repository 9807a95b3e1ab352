export type Timer = number;

/** Time as the sync core sees it, so that tests can turn it. All values are milliseconds. */
export interface Clock {
  /** Wall time since the epoch. */
  now(): number;
  setTimeout(run: () => void, delay: number): Timer;
  clearTimeout(timer: Timer | null): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (run, delay) => globalThis.setTimeout(run, delay) as unknown as Timer,
  clearTimeout: (timer) => {
    if (timer !== null) globalThis.clearTimeout(timer);
  },
};

/** Resolves after `delay` milliseconds of `clock`. */
export function sleep(clock: Clock, delay: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, delay);
  });
}
