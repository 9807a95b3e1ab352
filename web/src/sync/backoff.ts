const first = 300;
const base = 500;
const cap = 15_000;

/**
 * How long to wait before the next try, in milliseconds. `attempt` counts the failures since the
 * last success: the first retry is nearly immediate, later ones double up to 15 s. Jitter keeps
 * clients that lost the same server from coming back together.
 */
export function backoffDelay(attempt: number, random: () => number): number {
  if (attempt <= 0) return random() * first;
  const ceiling = Math.min(cap, base * 2 ** Math.min(attempt, 10));
  return ceiling / 2 + (random() * ceiling) / 2;
}
