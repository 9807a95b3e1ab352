import { useState } from 'react';
import { errorText } from '@/lib/api-error';
import { toast } from '@/lib/toasts';
import { sendVerification } from '../api/send-verification';

/** Says that the address is not proven yet, and offers another mail. */
export function UnverifiedNote() {
  const [sent, setSent] = useState(false);
  const send = async () => {
    try {
      await sendVerification();
      setSent(true);
    } catch (error) {
      toast('error', errorText(error));
    }
  };
  return (
    <div className="mt-2 flex flex-wrap items-center justify-between gap-2 rounded-field bg-warning/20 px-4 py-2 text-sm">
      <span role="status">{sent ? 'A mail with a link is on its way.' : 'This address is not confirmed yet.'}</span>
      {!sent && (
        <button type="button" className="btn btn-xs" onClick={() => void send()}>
          Send the mail again
        </button>
      )}
    </div>
  );
}
