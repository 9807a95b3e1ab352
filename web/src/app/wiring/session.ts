import { fetchMe } from '@/features/auth/api/fetch-me';
import { refresh } from '@/features/auth/api/refresh';
import { uploadTrays } from '@/features/messages/upload-trays';
import { signedIn, signedOut, useSession } from '@/hooks/session-store';
import { toApiError } from '@/lib/api-error';
import { openTabChannel } from '@/lib/channel';
import { recoverSessionWith } from '@/lib/http';
import { createLocks } from '@/lib/locks';
import { SessionGuard } from '@/sync/session-guard';

export const locks = createLocks(navigator.locks);

const guard = new SessionGuard({
  locks,
  refresh,
  onEnded: () => {
    if (useSession.getState().user !== null) signedOut('Your session has ended. Please log in again.');
  },
});

/**
 * Whether somebody signed in here before. The tokens are out of a script's sight; without this, a
 * first visit would try to refresh a session that never was.
 */
const memory = {
  key: 'parley.signed-in',
  get present(): boolean {
    try {
      return localStorage.getItem(memory.key) !== null;
    } catch {
      return true;
    }
  },
  set(signedInNow: boolean): void {
    try {
      if (signedInNow) localStorage.setItem(memory.key, '1');
      else localStorage.removeItem(memory.key);
    } catch {
      // Without storage every visit tries.
    }
  },
};

/** Asks the server who is signed in here. */
export async function loadSession(): Promise<void> {
  try {
    signedIn(await fetchMe());
  } catch (error) {
    if (toApiError(error).status === 401) signedOut(null);
    else useSession.setState({ status: 'unreachable' });
  }
}

/** Loads the page anew, for somebody else. Files of the one before must not have the browser ask whether to stay. */
export function startOver(): void {
  uploadTrays.clearAll();
  window.location.reload();
}

/** Starts looking after the session: recovers 401s, and follows what other tabs do. */
export function startSession(): void {
  recoverSessionWith((retry, failure) => (memory.present ? guard.recover(retry, failure) : Promise.reject(failure)));
  const tabs = openTabChannel<string | null>('parley-session');
  let known: string | null = null;
  useSession.subscribe(({ status, user, left }) => {
    if (left) uploadTrays.clearAll();
    if (status !== 'signed-in' && status !== 'signed-out') return;
    const id = user?.id ?? null;
    memory.set(id !== null);
    if (user !== null) guard.renew();
    if (id === known) return;
    known = id;
    tabs.post(id);
  });
  tabs.listen((id) => {
    // All tabs share the cookies: whoever they belong to now is who this tab acts for.
    if (id !== known) startOver();
  });
  void loadSession();
}
