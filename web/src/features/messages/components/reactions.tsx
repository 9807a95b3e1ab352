import { clsx } from 'clsx';
import type { Message } from '@/lib/wire';
import { useChat } from '../chat-context';
import { reactionsOf } from '../reactions-of';

/** Who has reacted with what, as chips below a message; a press adds or takes back one's own. */
export function Reactions({ message }: { message: Message }) {
  const { self, nameOf, react } = useChat();
  const reactions = reactionsOf(message, self, nameOf);
  if (reactions.length === 0) return null;
  return (
    <ul aria-label="Reactions" className="relative z-1 -mt-1 flex flex-wrap gap-1 px-2 pb-0.5">
      {reactions.map(({ emoji, own, count, names }) => (
        <li key={emoji}>
          <button
            type="button"
            aria-pressed={own}
            title={names}
            className={clsx(
              'flex h-6.5 cursor-pointer items-center gap-1 rounded-full border px-2 text-sm shadow-xs',
              own ? 'border-primary bg-base-100 text-primary' : 'border-base-300 bg-base-100 text-base-content',
            )}
            onClick={() => react(message, emoji, !own)}
          >
            {emoji}
            <span className="text-xs font-medium tabular-nums">{count}</span>
            <span className="sr-only">: {names}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
