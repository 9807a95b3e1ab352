import { clsx } from 'clsx';
import { useEffect, useState } from 'react';
import { PersonAvatar } from '@/components/person-avatar';
import { BusyButton } from '@/components/ui/busy-button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { ErrorState } from '@/components/ui/error-state';
import { RowSkeleton } from '@/components/ui/row-skeleton';
import { noteBlock, useBlock, useBlocked } from '@/hooks/use-block';
import { usePresenceText } from '@/hooks/use-presence-text';
import { useSyncState } from '@/hooks/sync-context';
import { useAct } from '@/hooks/use-act';
import { toApiError } from '@/lib/api-error';
import { fetchPerson, type Person } from '@/lib/fetch-person';
import { formatDate } from '@/lib/format-time';

/** Who somebody is, and the way to have peace from them. */
export function PersonProfile({ userId }: { userId: string }) {
  const { person, failed, retry } = usePerson(userId);
  const blocked = useBlocked(userId);
  const setBlocked = useBlock();
  const { busy, act } = useAct();
  const [asking, setAsking] = useState(false);
  if (failed) return <ErrorState title="The profile could not be loaded" onRetry={retry} />;
  if (person === null) return <RowSkeleton rows={2} label="Loading profile" />;
  const block = async (wanted: boolean) => {
    setAsking(false);
    await act(() => setBlocked(userId, wanted));
  };
  return (
    <div className="flex flex-col items-center gap-2 px-5 py-6 text-center">
      <PersonAvatar userId={userId} name={person.fullName} url={person.avatarUrl} size="lg" />
      <h2 className="max-w-full text-lg font-semibold break-words">{person.fullName}</h2>
      <PresenceLine userId={userId} lastSeenAt={person.lastSeenAt} />
      {person.bio !== '' && <p className="max-w-full text-sm break-words whitespace-pre-wrap">{person.bio}</p>}
      <p className="text-xs text-muted">Here since {formatDate(person.createdAt)}</p>
      {blocked ? (
        <BusyButton className="btn-sm mt-4" busy={busy} onClick={() => void block(false)}>
          Unblock
        </BusyButton>
      ) : (
        <BusyButton className="btn-error btn-soft btn-sm mt-4" busy={busy} onClick={() => setAsking(true)}>
          Block
        </BusyButton>
      )}
      {blocked && <p className="text-sm text-muted">You have blocked {person.fullName}: neither of you can write to the other.</p>}
      {asking && (
        <ConfirmDialog
          title={`Block ${person.fullName}?`}
          text="Neither of you can write to the other or add them to a group. They are not told."
          action="Block"
          onConfirm={() => void block(true)}
          onCancel={() => setAsking(false)}
        />
      )}
    </div>
  );
}

interface PresenceLineProps {
  userId: string;
  lastSeenAt: string | null;
}

function PresenceLine({ userId, lastSeenAt }: PresenceLineProps) {
  const { online, text } = usePresenceText(userId, lastSeenAt);
  return <p className={clsx('text-sm', online ? 'text-success' : 'text-muted')}>{text}</p>;
}

function usePerson(userId: string) {
  const self = useSyncState((state) => state.self);
  /** Null while loading. */
  const [person, setPerson] = useState<Person | null>(null);
  const [failed, setFailed] = useState(false);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    fetchPerson(userId, controller.signal)
      .then((found) => {
        setPerson(found);
        noteBlock(self, userId, found.blocked);
      })
      .catch((error: unknown) => toApiError(error).kind !== 'cancelled' && setFailed(true));
    return () => controller.abort();
  }, [self, userId, attempt]);
  return {
    person,
    failed,
    retry: () => {
      setFailed(false);
      setAttempt((count) => count + 1);
    },
  };
}
