import type { Message } from '@/lib/wire';
import { useChat } from '../chat-context';
import { summaryOf } from '../summary-of';
import { useQuoted } from '../use-quoted';

/** Above an answer: what it answers. A press leads there. */
export function Quote({ messageId }: { messageId: string }) {
  const { jumpTo } = useChat();
  const quoted = useQuoted(messageId);
  return (
    <button
      type="button"
      disabled={quoted === null || quoted === 'gone'}
      className="mb-1.5 block w-full cursor-pointer rounded-lg border-l-3 border-current bg-current/10 px-2.5 py-1.5 text-left text-xs disabled:cursor-default"
      onClick={() => jumpTo(messageId)}
    >
      <span className="sr-only">In answer to </span>
      <QuoteText quoted={quoted} />
    </button>
  );
}

export function QuoteText({ quoted }: { quoted: Message | 'gone' | null }) {
  const { self, nameOf } = useChat();
  if (quoted === 'gone') return <span className="italic">The message is not there any more</span>;
  return (
    <>
      <span className="block min-h-4 truncate font-semibold">{quoted !== null && (quoted.senderId === self ? 'You' : nameOf(quoted.senderId))}</span>
      <span className="block min-h-4 truncate">{quoted !== null && summaryOf(quoted, nameOf)}</span>
    </>
  );
}
