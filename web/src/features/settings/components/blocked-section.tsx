import { Avatar } from '@/components/ui/avatar';
import { BusyButton } from '@/components/ui/busy-button';
import { ErrorState } from '@/components/ui/error-state';
import { RowSkeleton } from '@/components/ui/row-skeleton';
import { useFocusHeir } from '@/hooks/use-focus-heir';
import type { User } from '@/lib/wire';
import { useBlockedPeople } from '../use-blocked';
import { Section } from './section';

export function BlockedSection() {
  const { users, failed, hasMore, busy, reload, loadMore, unblock } = useBlockedPeople();
  return (
    <Section title="Blocked people" text="They can’t write to you or add you to groups. They are not told.">
      {failed && <ErrorState title="The list could not be loaded" onRetry={reload} />}
      {!failed && users === null && <RowSkeleton rows={1} label="Loading blocked people" />}
      {users?.length === 0 && <p className="text-sm text-muted">You have blocked nobody.</p>}
      {users !== null && users.length > 0 && (
        <ul aria-label="Blocked people" className="divide-y divide-base-300/70">
          {users.map((user) => (
            <BlockedRow key={user.id} user={user} busy={busy === user.id} onUnblock={() => void unblock(user.id)} />
          ))}
        </ul>
      )}
      {hasMore && (
        <button type="button" className="btn btn-ghost btn-sm mt-2" onClick={loadMore}>
          Load more
        </button>
      )}
    </Section>
  );
}

interface BlockedRowProps {
  user: User;
  busy: boolean;
  onUnblock: () => void;
}

function BlockedRow({ user, busy, onUnblock }: BlockedRowProps) {
  const row = useFocusHeir<HTMLLIElement>();
  return (
    <li ref={row} className="flex items-center gap-3 py-3 first:pt-0 last:pb-0">
      <Avatar name={user.fullName} url={user.avatarUrl} size="sm" />
      <span className="min-w-0 flex-1 truncate text-sm font-medium">{user.fullName}</span>
      <BusyButton aria-label={`Unblock ${user.fullName}`} className="btn-sm" busy={busy} onClick={onUnblock}>
        Unblock
      </BusyButton>
    </li>
  );
}
