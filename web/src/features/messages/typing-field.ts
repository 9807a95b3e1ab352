import { useEffect, type KeyboardEvent, type RefObject } from 'react';

/** With a real keyboard Enter sends; on touch it makes a new line, and the button sends. */
export const hasKeyboard = window.matchMedia('(pointer: fine)').matches;

/** Whether the key is to send what has been written. */
export function sends(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing && hasKeyboard;
}

/** Limits are in code points. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** Puts the cursor into the field whenever `what` changes, at the end of what is there. */
export function useFocusOn(input: RefObject<HTMLTextAreaElement | null>, what: unknown): void {
  useEffect(() => {
    const field = input.current;
    if (field === null || what === null) return;
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }, [input, what]);
}
