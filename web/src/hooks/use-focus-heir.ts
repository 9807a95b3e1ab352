import { useLayoutEffect, useRef, type RefObject } from 'react';

const control = 'a[href], button:not(:disabled)';

/** A ref for a row: when it goes away with the focus in it, its neighbour has the focus, else the section that it was in. */
export function useFocusHeir<E extends HTMLElement>(): RefObject<E | null> {
  const row = useRef<E>(null);
  useLayoutEffect(() => {
    const element = row.current;
    return () => {
      if (element?.contains(document.activeElement) === true) heirOf(element)?.focus();
    };
  }, []);
  return row;
}

function heirOf(row: HTMLElement): HTMLElement | null {
  const home = row.closest<HTMLElement>('section, nav, aside');
  for (let at: Element | null = row; at !== null && at !== home; at = at.parentElement) {
    for (const beside of [at.nextElementSibling, at.previousElementSibling]) {
      const heir = beside?.querySelector<HTMLElement>(control);
      if (heir) return heir;
    }
  }
  if (home !== null) home.tabIndex = -1;
  return home;
}
