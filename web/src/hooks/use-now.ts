import { useSyncExternalStore } from 'react';

/** The time now in steps of `step` milliseconds; the view follows. */
export function useNow(step: number): number {
  const now = useSyncExternalStore(
    (notify) => {
      const timer = setInterval(notify, Math.min(step, 10_000));
      return () => clearInterval(timer);
    },
    () => Math.floor(Date.now() / step),
  );
  return now * step;
}
