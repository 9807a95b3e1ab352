import { SmilePlus } from 'lucide-react';
import { clsx } from 'clsx';
import type { Message } from '@/lib/wire';
import { useChat } from '../chat-context';

const quick = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

interface QuickReactionsProps {
  message: Message;
  onChosen: () => void;
  onMore: () => void;
}

/** The first row of a message's menu. */
export function QuickReactions({ message, onChosen, onMore }: QuickReactionsProps) {
  const { self, react } = useChat();
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a fieldset is no part of a menu
    <div role="group" aria-label="React" className="mb-1 flex border-b border-base-300/70 pb-1">
      {quick.map((emoji) => {
        const own = message.reactions[emoji]?.includes(self) === true;
        return (
          <button
            key={emoji}
            type="button"
            role="menuitemcheckbox"
            aria-checked={own}
            aria-label={`React with ${emoji}`}
            tabIndex={-1}
            className={clsx('flex size-9 cursor-pointer items-center justify-center rounded-field text-xl hover:bg-base-200 focus:bg-base-200 focus:outline-none', own && 'bg-primary/15')}
            onClick={() => {
              onChosen();
              react(message, emoji, !own);
            }}
          >
            {emoji}
          </button>
        );
      })}
      <button
        type="button"
        role="menuitem"
        aria-label="React with another emoji"
        title="React with another emoji"
        tabIndex={-1}
        className="flex size-9 cursor-pointer items-center justify-center rounded-field text-muted hover:bg-base-200 focus:bg-base-200 focus:outline-none"
        onClick={onMore}
      >
        <SmilePlus className="size-5" aria-hidden="true" />
      </button>
    </div>
  );
}
