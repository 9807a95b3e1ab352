import { Archive, ArrowLeft } from 'lucide-react';
import { useSyncState } from '@/hooks/sync-context';
import type { SyncState } from '@/sync/state';

interface ArchiveSwitchProps {
  archived: boolean;
  onSwitch: (archived: boolean) => void;
}

/** The way into the archive, while there is something in it, and back. */
export function ArchiveSwitch({ archived, onSwitch }: ArchiveSwitchProps) {
  const count = useSyncState(countArchived);
  if (!archived && count === 0) return null;
  const Icon = archived ? ArrowLeft : Archive;
  return (
    <div className="px-4 pb-1">
      <button type="button" className="btn btn-ghost btn-sm w-full justify-start gap-3 font-medium" onClick={() => onSwitch(!archived)}>
        <Icon className="size-4" aria-hidden="true" />
        {archived ? 'Back to all chats' : 'Archive'}
        {!archived && <span className="ml-auto text-xs text-muted tabular-nums">{count}</span>}
      </button>
    </div>
  );
}

function countArchived({ conversations }: SyncState): number {
  let count = 0;
  for (const { summary } of conversations.values()) count += Number(summary.archived);
  return count;
}
