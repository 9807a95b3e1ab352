import { Avatar } from '@/components/ui/avatar';
import { ErrorState } from '@/components/ui/error-state';
import { RowSkeleton } from '@/components/ui/row-skeleton';
import { useBlocked } from '../use-blocked';
import { Section } from './section';

export function BlockedSection() {
  const { users, failed, hasMore, busy, reload, loadMore, unblock } = useBlocked();
  return (
    <Section title="Blocked people" text="They can’t write to you or add you to groups. They are not told.">
      {failed && <ErrorState title="The list could not be loaded" onRetry={reload} />}
      {!failed && users === null && <RowSkeleton rows={1} label="Loading blocked people" />}
      {users?.length === 0 && <p className="text-sm text-muted">You have blocked nobody.</p>}
      {users !== null && users.length > 0 && (
        <ul aria-label="Blocked people" className="divide-y divide-base-300/70">
          {users.map((user) => (
            <li key={user.id} className="flex items-center gap-3 py-3 first:pt-0 last:pb-0">
              <Avatar name={user.fullName} url={user.avatarUrl} size="sm" />
              <span className="min-w-0 flex-1 truncate text-sm font-medium">{user.fullName}</span>
              <button
                type="button"
                aria-label={`Unblock ${user.fullName}`}
                className="btn btn-sm"
                disabled={busy === user.id}
                onClick={() => void unblock(user.id)}
              >
                Unblock
              </button>
            </li>
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
