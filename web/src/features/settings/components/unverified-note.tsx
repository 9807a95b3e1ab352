import { useRef, useState } from 'react';
import { BusyButton } from '@/components/ui/busy-button';
import { useAct } from '@/hooks/use-act';
import { sendVerification } from '../api/send-verification';

/** Says that the address is not proven yet, and offers another mail. */
export function UnverifiedNote() {
  const [sent, setSent] = useState(false);
  const { busy, act } = useAct();
  const note = useRef<HTMLSpanElement>(null);
  const send = async () => {
    if (!(await act(sendVerification))) return;
    setSent(true);
    // The button goes.
    note.current?.focus();
  };
  return (
    <div className="mt-2 flex flex-wrap items-center justify-between gap-2 rounded-field bg-warning/20 px-4 py-2 text-sm">
      <span ref={note} role="status" tabIndex={-1} className="focus:outline-none">{sent ? 'A mail with a link is on its way.' : 'This address is not confirmed yet.'}</span>
      {!sent && (
        <BusyButton className="btn-xs" busy={busy} onClick={() => void send()}>
          Send the mail again
        </BusyButton>
      )}
    </div>
  );
}
