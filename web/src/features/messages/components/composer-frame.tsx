import type { ComponentProps, ReactNode, RefObject } from 'react';
import { limits } from '@/lib/wire';
import type { Mentions } from '../use-mentions';
import { mentionListId, optionId } from './mention-list';

const countFrom = limits.text - 300;

interface ComposerFrameProps {
  label: string;
  onSubmit: () => void;
  children: ReactNode;
}

export function ComposerFrame({ label, onSubmit, children }: ComposerFrameProps) {
  return (
    <form
      aria-label={label}
      className="mx-auto w-full max-w-5xl shrink-0 px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-5"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <div className="rounded-3xl border border-base-300/80 bg-base-100 shadow-xs transition-colors focus-within:border-primary/60">
        {children}
      </div>
    </form>
  );
}

interface MessageInputProps extends Omit<ComponentProps<'textarea'>, 'onChange' | 'value'> {
  ref: RefObject<HTMLTextAreaElement | null>;
  label: string;
  text: string;
  onText: (text: string) => void;
  mentions: Mentions;
}

export function MessageInput({ ref, label, text, onText, mentions, ...rest }: MessageInputProps) {
  const active = mentions.options[mentions.active];
  return (
    <textarea
      ref={ref}
      aria-autocomplete="list"
      aria-controls={active === undefined ? undefined : mentionListId}
      aria-activedescendant={active === undefined ? undefined : optionId(active.id)}
      aria-label={label}
      rows={1}
      value={text}
      dir="auto"
      className="max-h-40 min-h-10 min-w-0 flex-1 resize-none bg-transparent px-1.5 py-2 text-[0.9375rem] leading-6 outline-none [field-sizing:content] placeholder:text-muted"
      onChange={(event) => {
        onText(event.target.value);
        mentions.onSelect();
      }}
      onSelect={mentions.onSelect}
      {...rest}
    />
  );
}

/** How many characters are left, once that is worth knowing. */
export function Counter({ length }: { length: number }) {
  const left = limits.text - length;
  if (length <= countFrom) return null;
  return (
    <span role="status" className={`self-center px-1 text-xs tabular-nums ${left < 0 ? 'font-semibold text-error' : 'text-muted'}`}>
      {left < 0 ? `${-left} too many` : left}
    </span>
  );
}
