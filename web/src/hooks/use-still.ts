import { useEffect, useState } from 'react';

/**
 * Holds `value` as it is while a pointer is down on what shows it: a row that moves away under a finger would lose the
 * click, or hand it to another row. Returns what to show, and what to call when a pointer goes down.
 */
export function useStill<T>(value: T): [shown: T, onPointerDown: () => void] {
  const [held, setHeld] = useState<{ value: T } | null>(null);
  useEffect(() => {
    if (held === null) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // The click comes after the pointer is up, in the same task.
    const release = () => {
      timer = setTimeout(() => setHeld(null));
    };
    window.addEventListener('pointerup', release);
    window.addEventListener('pointercancel', release);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('pointerup', release);
      window.removeEventListener('pointercancel', release);
    };
  }, [held]);
  return [held === null ? value : held.value, () => setHeld({ value })];
}
