import { useState } from 'react';
import { BusyButton } from '@/components/ui/busy-button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { useGoUp } from '@/hooks/use-go-up';
import { useSyncState } from '@/hooks/sync-context';
import { useAct } from '@/hooks/use-act';
import type { Conversation } from '@/lib/wire';
import { deleteGroup } from '../api/group';
import { removeMember } from '../api/members';

type Question = 'leave' | 'end';

/** The ways out: to leave, and for the owner to end the group. */
export function LeaveSection({ conversation }: { conversation: Conversation }) {
  const { id, role, memberCount } = conversation;
  const self = useSyncState((state) => state.self);
  const goUp = useGoUp();
  const { busy, act } = useAct();
  const [asking, setAsking] = useState<Question | null>(null);
  const bound = role === 'owner' && memberCount > 1;
  const go = async (job: () => Promise<void>) => {
    setAsking(null);
    if (await act(job)) goUp('/');
  };
  return (
    <section aria-label="Leave the group" className="flex flex-col items-start gap-2 px-5 py-5">
      <BusyButton className="btn-sm" busy={busy} disabled={bound} onClick={() => setAsking('leave')}>
        Leave group
      </BusyButton>
      {bound && <p className="text-sm text-muted">To leave, hand the group over to somebody first.</p>}
      {role === 'owner' && (
        <BusyButton className="btn-error btn-soft btn-sm" busy={busy} onClick={() => setAsking('end')}>
          End group for everybody
        </BusyButton>
      )}
      {asking === 'leave' && (
        <ConfirmDialog
          title="Leave this group?"
          text="You no longer see it, nor what is written from now on."
          action="Leave"
          onConfirm={() => void go(() => removeMember(id, self))}
          onCancel={() => setAsking(null)}
        />
      )}
      {asking === 'end' && (
        <ConfirmDialog
          title="End this group?"
          text="It goes for everybody, with all that was written, and can't be brought back."
          action="End group"
          onConfirm={() => void go(() => deleteGroup(id))}
          onCancel={() => setAsking(null)}
        />
      )}
    </section>
  );
}
