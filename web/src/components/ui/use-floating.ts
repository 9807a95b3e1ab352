import { useEffect, useLayoutEffect, useRef, type RefObject } from 'react';
import { placeBeside, type Anchor } from './menu-focus';

/**
 * Puts a popover beside an anchor, in front of everything. A press elsewhere closes it, and the focus goes back to where
 * it was. The browser's own closing would take the release of the very press that opened it for one elsewhere.
 */
export function useFloating(anchor: Anchor, onClose: () => void, focusFirst: (panel: HTMLElement) => void): RefObject<HTMLDivElement | null> {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    const panel = ref.current;
    if (panel === null) return undefined;
    panel.showPopover();
    placeBeside(panel, anchor);
    focusFirst(panel);
    return () => {
      const still = document.activeElement === document.body || panel.contains(document.activeElement);
      if (still && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, [anchor, focusFirst]);
  useEffect(() => {
    const onPointerDown = ({ target }: PointerEvent) => {
      if (target instanceof Node && ref.current?.contains(target) !== true) onClose();
    };
    document.addEventListener('pointerdown', onPointerDown, true);
    window.addEventListener('resize', onClose);
    return () => {
      document.removeEventListener('pointerdown', onPointerDown, true);
      window.removeEventListener('resize', onClose);
    };
  }, [onClose]);
  return ref;
}
