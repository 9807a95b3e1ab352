import type { Conversation } from '@/lib/wire';
import { useTypingText } from '../use-typing-text';

/** Tells who is typing. Keeps its height, so that the messages don't move. */
export function TypingLine({ conversation }: { conversation: Conversation }) {
  const text = useTypingText(conversation);
  return (
    <div aria-label="Typing" role="status" className="mx-auto flex h-6 w-full max-w-5xl items-center gap-2 px-4 text-xs text-muted sm:px-7">
      {text !== null && (
        <>
          <span className="flex gap-1" aria-hidden="true">
            <span className="size-1.5 animate-dot rounded-full bg-current" />
            <span className="size-1.5 animate-dot rounded-full bg-current [animation-delay:0.15s]" />
            <span className="size-1.5 animate-dot rounded-full bg-current [animation-delay:0.3s]" />
          </span>
          {text}
        </>
      )}
    </div>
  );
}
