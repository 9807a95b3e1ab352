import type { KeyboardEvent, ReactNode } from 'react';
import { itemsOf, moveFocus, type Anchor } from './menu-focus';
import { useFloating } from './use-floating';

interface FloatingMenuProps {
  label: string;
  anchor: Anchor;
  /** Called when it is to go, whether something was chosen or not. */
  onClose: () => void;
  children: ReactNode;
}

/** A menu that something else than its own button has opened: a right click, a long press, a key. */
export function FloatingMenu({ label, anchor, onClose, children }: FloatingMenuProps) {
  const ref = useFloating(anchor, onClose, focusFirst);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      event.stopPropagation();
      onClose();
    } else moveFocus(event);
  };
  return (
    // oxlint-disable-next-line jsx-a11y/interactive-supports-focus -- its items have the focus
    <div
      ref={ref}
      role="menu"
      aria-label={label}
      popover="manual"
      className="m-0 min-w-56 rounded-box border border-base-300/70 bg-base-100 p-1.5 text-base-content shadow-lg"
      onKeyDown={onKeyDown}
      onContextMenu={(event) => event.preventDefault()}
    >
      {children}
    </div>
  );
}

function focusFirst(menu: HTMLElement): void {
  itemsOf(menu)[0]?.focus({ preventScroll: true });
}
