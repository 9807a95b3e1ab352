import type { KeyboardEvent } from 'react';

/** What a menu opens beside. */
export type Anchor = Pick<DOMRect, 'left' | 'right' | 'top' | 'bottom'>;

const margin = 8;

/** Below the anchor if there is room, else above; never beyond the window. */
export function placeBeside(list: HTMLElement, anchor: Anchor): void {
  const { offsetWidth: width, offsetHeight: height } = list;
  const left = Math.max(margin, Math.min(anchor.right - width, window.innerWidth - width - margin));
  const below = anchor.bottom + 4;
  const above = Math.max(margin, Math.min(anchor.top - height - 4, window.innerHeight - height - margin));
  list.style.left = `${left}px`;
  list.style.top = `${below + height + margin <= window.innerHeight ? below : above}px`;
}

export function itemsOf(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
}

/** Arrow keys, Home and End go round the items; those in one row are passed left and right, too. */
export function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const items = itemsOf(event.currentTarget);
  const at = items.findIndex((item) => item === document.activeElement);
  const next = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (next === undefined || items.length === 0) return;
  event.preventDefault();
  event.stopPropagation();
  items[(next + items.length) % items.length]?.focus();
}
