/** A page in the history: the key of its place, and its path. */
export interface Stop {
  key: string;
  pathname: string;
}

/** The pages of the app in this tab's history, as far as known, and which of them is shown. */
export interface Trail {
  stops: readonly Stop[];
  at: number;
}

export const noTrail: Trail = { stops: [], at: -1 };

export function follow({ stops, at }: Trail, action: 'PUSH' | 'REPLACE' | 'POP', stop: Stop): Trail {
  const known = stops.findIndex(({ key }) => key === stop.key);
  if (known >= 0) return { stops, at: known };
  if (action === 'PUSH') return { stops: [...stops.slice(0, at + 1), stop], at: at + 1 };
  // Of where an unknown place is nothing is known.
  return action === 'REPLACE' && at >= 0 ? { stops: stops.with(at, stop), at } : { stops: [stop], at: 0 };
}

/** How far back the page at a path is, if since then there were only pages below it; null if it isn't. */
export function stepsUp({ stops, at }: Trail, to: string): number | null {
  const below = to.endsWith('/') ? to : `${to}/`;
  for (let back = at - 1; back >= 0; back--) {
    const pathname = stops[back]?.pathname ?? '';
    if (pathname === to) return at - back;
    if (!pathname.startsWith(below)) return null;
  }
  return null;
}
