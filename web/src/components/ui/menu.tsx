import { clsx } from 'clsx';
import type { LucideIcon } from 'lucide-react';
import { useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { IconButton } from './icon-button';
import { itemsOf, moveFocus, placeBeside } from './menu-focus';

interface MenuProps {
  /** What the button says that opens it. */
  label: string;
  icon: LucideIcon;
  className?: string;
  children: ReactNode;
}

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
    placeBeside(list.current, button.current.getBoundingClientRect());
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
        onKeyDown={onKeyDown}
        onClick={(event) => event.currentTarget.hidePopover()}
      >
        {open && children}
      </div>
    </>
  );
}

function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
  if (event.key === 'Tab') event.currentTarget.hidePopover();
  moveFocus(event);
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
