import { BusyButton } from '@/components/ui/busy-button';
import { useAct } from '@/hooks/use-act';
import { useBlock } from '@/hooks/use-block';
import type { Member } from '@/lib/wire';

/** In the composer's place where the user has blocked the other one, and nothing would get through. */
export function BlockedNote({ peer }: { peer: Member }) {
  const block = useBlock();
  const { busy, act } = useAct();
  return (
    <div className="flex shrink-0 flex-wrap items-center justify-center gap-3 border-t border-base-300/70 bg-base-100 px-4 py-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] text-sm text-muted">
      <span className="min-w-0 wrap-anywhere">You blocked {peer.fullName}.</span>
      <BusyButton className="btn-sm" busy={busy} onClick={() => void act(() => block(peer.userId, false))}>
        Unblock
      </BusyButton>
    </div>
  );
}
