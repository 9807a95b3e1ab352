import { UserPlus } from 'lucide-react';
import { useCallback, useState } from 'react';
import { ErrorState } from '@/components/ui/error-state';
import { RowSkeleton } from '@/components/ui/row-skeleton';
import { SearchField } from '@/components/ui/search-field';
import { usePages } from '@/hooks/use-pages';
import { listMembers } from '@/lib/list-members';
import type { Conversation } from '@/lib/wire';
import { manages } from '../rights';
import { AddMembersDialog } from './add-members-dialog';
import { MemberRow } from './member-row';

interface MemberSectionProps {
  conversation: Conversation;
  revised: number;
}

/** Who is in the group, page by page, with a search by name. */
export function MemberSection({ conversation, revised }: MemberSectionProps) {
  const { id, role } = conversation;
  const [q, setQ] = useState('');
  const [adding, setAdding] = useState(false);
  const load = useCallback((query: string, cursor: string | null, signal: AbortSignal) => listMembers(id, query, cursor, signal), [id]);
  const { status, items, hasMore, loadMore, retry } = usePages(q.trim(), load, revised);
  return (
    <section aria-label="Members" className="space-y-2 py-4">
      <div className="flex items-center gap-2 px-5">
        <div className="flex-1">
          <SearchField label="Search members" value={q} onChange={setQ} />
        </div>
        {manages(role) && (
          <button type="button" className="btn btn-primary btn-soft" onClick={() => setAdding(true)}>
            <UserPlus className="size-4" aria-hidden="true" />
            Add
          </button>
        )}
      </div>
      {status === 'loading' && <RowSkeleton rows={3} label="Loading members" />}
      {status === 'failed' && <ErrorState title="The members could not be loaded" onRetry={retry} />}
      {status === 'ready' && items.length === 0 && <p className="px-5 py-4 text-center text-sm text-muted">No member has a name like that.</p>}
      <ul aria-label="Members" className="px-2">
        {items.map((member) => (
          <MemberRow key={member.userId} member={member} conversation={conversation} />
        ))}
      </ul>
      {hasMore && (
        <button type="button" className="btn btn-ghost btn-sm mx-auto flex" onClick={loadMore}>
          Load more
        </button>
      )}
      {adding && <AddMembersDialog conversation={conversation} onClose={() => setAdding(false)} />}
    </section>
  );
}
