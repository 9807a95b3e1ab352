import type { KeyboardEvent } from 'react';

/** Arrow keys go from message to message once one of them, or the log, has the focus; Escape goes back to writing. */
export function moveBetweenMessages(event: KeyboardEvent<HTMLElement>): void {
  if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
  const log = event.currentTarget;
  const rows = [...log.querySelectorAll<HTMLElement>('article')];
  const at = rows.findIndex((row) => row === document.activeElement);
  if (at === -1 && event.target !== log) return;
  if (event.key === 'Escape') {
    log.closest('section')?.querySelector('textarea')?.focus();
    return;
  }
  if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
  const next = at === -1 ? lowestInView(rows, log) : rows[at + (event.key === 'ArrowUp' ? -1 : 1)];
  if (next === undefined) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
}

function lowestInView(rows: readonly HTMLElement[], log: HTMLElement): HTMLElement | undefined {
  const { bottom } = log.getBoundingClientRect();
  return rows.findLast((row) => row.getBoundingClientRect().top < bottom - 8);
}
