import { clsx } from 'clsx';
import type { LucideIcon } from 'lucide-react';
import { useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { IconButton } from './icon-button';

interface MenuProps {
  /** What the button says that opens it. */
  label: string;
  icon: LucideIcon;
  className?: string;
  children: ReactNode;
}

const margin = 8;

/**
 * A button with a menu. The browser's popover brings it to the front of everything, closes it on Escape and on a click
 * elsewhere, and gives the focus back.
 */
export function Menu({ label, icon: Icon, className, children }: MenuProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  useLayoutEffect(() => {
    if (!open || button.current === null || list.current === null) return;
    place(list.current, button.current.getBoundingClientRect());
    itemsOf(list.current)[0]?.focus();
  }, [open]);
  return (
    <>
      <IconButton ref={button} label={label} className={className} aria-haspopup="menu" aria-expanded={open} popoverTarget={id}>
        <Icon className="size-5" aria-hidden="true" />
      </IconButton>
      {/* oxlint-disable-next-line jsx-a11y/interactive-supports-focus -- its items have the focus */}
      <div
        ref={list}
        id={id}
        role="menu"
        aria-label={label}
        popover="auto"
        className="m-0 min-w-52 rounded-box border border-base-300/70 bg-base-100 p-1.5 text-base-content shadow-lg"
        onToggle={(event) => setOpen(event.newState === 'open')}
        onKeyDown={moveFocus}
        onClick={(event) => event.currentTarget.hidePopover()}
      >
        {open && children}
      </div>
    </>
  );
}

interface MenuItemProps {
  icon: LucideIcon;
  danger?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

export function MenuItem({ icon: Icon, danger = false, onSelect, children }: MenuItemProps) {
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      className={clsx(
        'flex w-full cursor-pointer items-center gap-3 rounded-field px-3 py-2 text-left text-sm hover:bg-base-200 focus:bg-base-200 focus:outline-none',
        danger && 'text-error',
      )}
      onClick={onSelect}
    >
      <Icon className="size-4 shrink-0" aria-hidden="true" />
      {children}
    </button>
  );
}

/** Below the button if there is room, else above; never beyond the window. */
function place(list: HTMLElement, anchor: DOMRect): void {
  const { offsetWidth: width, offsetHeight: height } = list;
  const left = Math.max(margin, Math.min(anchor.right - width, window.innerWidth - width - margin));
  const below = anchor.bottom + 4;
  const top = below + height + margin <= window.innerHeight ? below : Math.max(margin, anchor.top - height - 4);
  list.style.left = `${left}px`;
  list.style.top = `${top}px`;
}

function itemsOf(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>('[role="menuitem"]')];
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const items = itemsOf(event.currentTarget);
  const at = items.findIndex((item) => item === document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === 'Tab') event.currentTarget.hidePopover();
  if (next === undefined || items.length === 0) return;
  event.preventDefault();
  event.stopPropagation();
  items[(next + items.length) % items.length]?.focus();
}
