import { Check, X } from 'lucide-react';
import { useState } from 'react';
import { Avatar } from '@/components/ui/avatar';
import { ErrorState } from '@/components/ui/error-state';
import { RowSkeleton } from '@/components/ui/row-skeleton';
import { SearchField } from '@/components/ui/search-field';
import { useDirectory } from '@/hooks/use-directory';
import type { User } from '@/lib/wire';

interface PeoplePickerProps {
  picked: readonly User[];
  onChange: (picked: readonly User[]) => void;
  /** Who can't be picked, since they are there already. */
  without?: ReadonlySet<string>;
}

/** Picks people out of the directory. */
export function PeoplePicker({ picked, onChange, without }: PeoplePickerProps) {
  const [q, setQ] = useState('');
  const { status, items, hasMore, current, loadMore, retry } = useDirectory(q.trim());
  const has = (user: User) => picked.some(({ id }) => id === user.id);
  const toggle = (user: User) => onChange(has(user) ? picked.filter(({ id }) => id !== user.id) : [...picked, user]);
  const offered = items.filter(({ id }) => without?.has(id) !== true);
  const pickOnly = () => {
    const [only, second] = offered;
    if (current && q.trim() !== '' && only !== undefined && second === undefined && !has(only)) toggle(only);
  };
  return (
    <div className="flex min-h-0 flex-col gap-2">
      {picked.length > 0 && (
        <ul aria-label="Picked" className="flex flex-wrap gap-1.5">
          {picked.map((user) => (
            <li key={user.id}>
              <button type="button" aria-label={`Take out ${user.fullName}`} className="btn btn-soft btn-primary btn-xs rounded-full" onClick={() => toggle(user)}>
                {user.fullName}
                <X className="size-3" aria-hidden="true" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <SearchField label="Search people" value={q} onChange={setQ} onEnter={pickOnly} />
      <div role="group" aria-label="People" className="h-56 overflow-y-auto">
        {status === 'loading' && <RowSkeleton rows={3} label="Loading people" />}
        {status === 'failed' && <ErrorState title="People could not be loaded" onRetry={retry} />}
        {status === 'ready' && offered.length === 0 && (
          <p className="py-6 text-center text-sm text-muted">{q === '' ? 'There is nobody to add.' : `No name matches “${q}”.`}</p>
        )}
        {offered.map((user) => (
          <Choice key={user.id} user={user} picked={has(user)} onToggle={() => toggle(user)} />
        ))}
        {status === 'ready' && hasMore && (
          <button type="button" className="btn btn-ghost btn-sm mx-auto my-2 flex" onClick={loadMore}>
            Load more
          </button>
        )}
      </div>
    </div>
  );
}

interface ChoiceProps {
  user: User;
  picked: boolean;
  onToggle: () => void;
}

function Choice({ user, picked, onToggle }: ChoiceProps) {
  return (
    <button
      type="button"
      role="checkbox"
      aria-checked={picked}
      className="flex w-full cursor-pointer items-center gap-3 rounded-field px-2 py-1.5 text-left hover:bg-base-200"
      onClick={onToggle}
    >
      <Avatar name={user.fullName} url={user.avatarUrl} size="sm" />
      <span className="min-w-0 flex-1 truncate">{user.fullName}</span>
      {picked && <Check className="size-4 text-primary" aria-hidden="true" />}
    </button>
  );
}
