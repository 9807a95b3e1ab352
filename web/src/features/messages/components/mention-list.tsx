import { clsx } from 'clsx';
import { Users } from 'lucide-react';
import { Avatar } from '@/components/ui/avatar';
import type { Mentions } from '../use-mentions';

export const mentionListId = 'mention-list';

export function optionId(id: string): string {
  return `mention-${id}`;
}

/** Above the composer while a name is typed. The focus stays in the text; arrow keys, Enter and Escape work there. */
export function MentionList({ mentions: { options, active, pick } }: { mentions: Mentions }) {
  if (options.length === 0) return null;
  return (
    <div id={mentionListId} role="listbox" aria-label="People to mention" className="max-h-72 overflow-y-auto border-b border-base-300/70 p-1.5">
      {options.map((option, index) => (
        // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the text field has the focus and the keys
        <div
          key={option.id}
          id={optionId(option.id)}
          role="option"
          aria-selected={index === active}
          className={clsx('flex cursor-pointer items-center gap-2.5 rounded-field px-2 py-1.5 text-sm hover:bg-base-200', index === active && 'bg-base-200')}
          // The field must not lose the focus before the choice is made.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => pick(option)}
        >
          {option.id === 'all' ? <Users className="size-8 p-1.5 text-muted" aria-hidden="true" /> : <Avatar name={option.fullName} url={option.avatarUrl} size="sm" />}
          <span className="truncate">{option.id === 'all' ? 'all: everybody here' : option.fullName}</span>
        </div>
      ))}
    </div>
  );
}
