import { useEffect, useLayoutEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { itemsOf, moveFocus, placeBeside, type Anchor } from './menu-focus';

interface FloatingMenuProps {
  label: string;
  anchor: Anchor;
  /** Called when it is to go, whether something was chosen or not. */
  onClose: () => void;
  children: ReactNode;
}

/**
 * A menu that something else than its own button has opened: a right click, a long press, a key. Escape and a press
 * elsewhere close it, and the focus goes back to where it was. The browser's own closing would take the release of the
 * very press that opened it for one elsewhere.
 */
export function FloatingMenu({ label, anchor, onClose, children }: FloatingMenuProps) {
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    const menu = list.current;
    if (menu === null) return undefined;
    menu.showPopover();
    placeBeside(menu, anchor);
    itemsOf(menu)[0]?.focus({ preventScroll: true });
    return () => {
      const still = document.activeElement === document.body || menu.contains(document.activeElement);
      if (still && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, [anchor]);
  useEffect(() => {
    const onPointerDown = ({ target }: PointerEvent) => {
      if (target instanceof Node && list.current?.contains(target) !== true) onClose();
    };
    document.addEventListener('pointerdown', onPointerDown, true);
    window.addEventListener('resize', onClose);
    return () => {
      document.removeEventListener('pointerdown', onPointerDown, true);
      window.removeEventListener('resize', onClose);
    };
  }, [onClose]);
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
      ref={list}
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
