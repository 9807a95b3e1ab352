import { LogOut } from 'lucide-react';
import { useState } from 'react';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { loggedOut } from '@/hooks/session-store';
import { useSyncState } from '@/hooks/sync-context';
import { errorText, toApiError } from '@/lib/api-error';
import { toast } from '@/lib/toasts';
import { logout } from '../api/logout';

/** Ends this session; asks first if something has not been sent yet. */
export function LogoutButton() {
  const unsent = useSyncState((state) => state.outbox.items.filter((item) => item.state !== 'sent').length);
  const [asking, setAsking] = useState(false);
  const leave = async () => {
    setAsking(false);
    try {
      await logout();
    } catch (error) {
      if (toApiError(error).status !== 401) {
        toast('error', errorText(error));
        return;
      }
    }
    loggedOut();
  };
  return (
    <>
      <button type="button" className="btn btn-ghost text-error" onClick={() => (unsent > 0 ? setAsking(true) : void leave())}>
        <LogOut className="size-4" aria-hidden="true" />
        Log out
      </button>
      {asking && (
        <ConfirmDialog
          title="Log out now?"
          text="Some messages have not been sent yet. They stay in this browser, and go out when you log in here again."
          action="Log out"
          onConfirm={() => void leave()}
          onCancel={() => setAsking(false)}
        />
      )}
    </>
  );
}
