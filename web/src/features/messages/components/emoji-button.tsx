import { Smile } from 'lucide-react';
import { useState, type RefObject } from 'react';
import { IconButton } from '@/components/ui/icon-button';
import type { Anchor } from '@/components/ui/menu-focus';
import { EmojiPanel } from './emoji-panel';

interface EmojiButtonProps {
  input: RefObject<HTMLTextAreaElement | null>;
  onText: (text: string) => void;
}

/** Puts emoji where the cursor is. */
export function EmojiButton({ input, onText }: EmojiButtonProps) {
  const [anchor, setAnchor] = useState<Anchor | null>(null);
  const insert = (emoji: string) => {
    const field = input.current;
    setAnchor(null);
    if (field === null) return;
    field.setRangeText(emoji, field.selectionStart, field.selectionEnd, 'end');
    onText(field.value);
    field.focus();
  };
  return (
    <>
      <IconButton label="Emoji" aria-haspopup="dialog" aria-expanded={anchor !== null} onClick={(event) => setAnchor(event.currentTarget.getBoundingClientRect())}>
        <Smile className="size-5" aria-hidden="true" />
      </IconButton>
      {anchor !== null && <EmojiPanel anchor={anchor} onPick={insert} onClose={() => setAnchor(null)} />}
    </>
  );
}
