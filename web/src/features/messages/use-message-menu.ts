import { useEffect, useRef, type KeyboardEvent, type MouseEvent, type PointerEvent } from 'react';
import type { Anchor } from '@/components/ui/menu-focus';
import type { Message } from '@/lib/wire';
import { useChat } from './chat-context';

const pressFor = 450;
/** A finger that moves further than this scrolls. */
const slack = 10;

const at = (x: number, y: number): Anchor => ({ left: x, right: x, top: y, bottom: y });

/** Opens a message's menu by right click, long press and keys. What a browser's own menu is for, links and chosen text, keeps it. */
export function useMessageMenu(message: Message | null) {
  const { openMenu } = useChat();
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | null>(null);
  const release = () => {
    if (press.current !== null) clearTimeout(press.current.timer);
    press.current = null;
  };
  useEffect(() => release, []);
  if (message === null) return {};
  return {
    onContextMenu: (event: MouseEvent) => {
      if (event.target instanceof Element && event.target.closest('a') !== null) return;
      if (window.getSelection()?.isCollapsed === false) return;
      event.preventDefault();
      release();
      // By keyboard there is no point to open at.
      if (event.clientX === 0 && event.clientY === 0) openMenu(message, event.currentTarget.getBoundingClientRect());
      else openMenu(message, at(event.clientX, event.clientY));
    },
    onPointerDown: ({ pointerType, clientX: x, clientY: y }: PointerEvent) => {
      release();
      if (pointerType === 'touch') press.current = { x, y, timer: setTimeout(() => openMenu(message, at(x, y)), pressFor) };
    },
    onPointerMove: ({ clientX, clientY }: PointerEvent) => {
      if (press.current !== null && Math.hypot(clientX - press.current.x, clientY - press.current.y) > slack) release();
    },
    onPointerUp: release,
    onPointerCancel: release,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || event.target !== event.currentTarget) return;
      event.preventDefault();
      openMenu(message, event.currentTarget.getBoundingClientRect());
    },
  };
}
