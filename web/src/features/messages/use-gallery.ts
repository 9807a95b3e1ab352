import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import type { Attachment } from '@/lib/wire';

/** Pixels that a finger goes sideways for the next picture. */
const swipeOver = 48;

/** Goes through pictures by button, key and finger. The one shown stays when others come and go around it. */
export function useGallery(images: readonly Attachment[], first: Attachment) {
  const [image, setImage] = useState(first);
  const known = indexOf(images, image);
  // Its message may be gone meanwhile; who looks at it may finish.
  const shown = known < 0 ? [image] : images;
  const at = Math.max(0, known);
  const step = (by: number) => {
    const next = shown[at + by];
    if (next !== undefined) setImage(next);
  };
  useNeighbours(shown[at - 1], shown[at + 1]);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -at, End: shown.length - 1 - at }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    step(by);
  };
  return { image, at, count: shown.length, step, onKeyDown, swipe: useSwipe(step) };
}

/** The same object, or what has the same id: a forwarded picture is there twice. */
function indexOf(images: readonly Attachment[], image: Attachment): number {
  const same = images.indexOf(image);
  return same >= 0 ? same : images.findIndex(({ id }) => id === image.id);
}

/** The next ones are loaded before they are asked for. */
function useNeighbours(before: Attachment | undefined, after: Attachment | undefined): void {
  useEffect(() => {
    for (const neighbour of [before, after]) if (neighbour !== undefined) new Image().src = neighbour.url;
  }, [before, after]);
}

function useSwipe(step: (by: number) => void) {
  const from = useRef<{ x: number; y: number } | null>(null);
  const swiped = useRef(false);
  return {
    onPointerDown: (event: PointerEvent) => {
      from.current = event.pointerType === 'mouse' || !event.isPrimary ? null : { x: event.clientX, y: event.clientY };
      swiped.current = false;
    },
    onPointerCancel: () => {
      from.current = null;
    },
    onPointerUp: (event: PointerEvent) => {
      const start = from.current;
      from.current = null;
      if (start === null) return;
      const across = event.clientX - start.x;
      if (Math.abs(across) < swipeOver || Math.abs(across) < 2 * Math.abs(event.clientY - start.y)) return;
      swiped.current = true;
      step(across < 0 ? 1 : -1);
    },
    // The click that ends a swipe is none.
    onClickCapture: (event: { stopPropagation: () => void }) => {
      if (swiped.current) event.stopPropagation();
      swiped.current = false;
    },
  };
}
