import { create } from 'zustand';
import type { SelfUser } from '@/lib/wire';

interface SessionState {
  /** `unreachable`: nobody knows yet, since the server did not answer. */
  status: 'loading' | 'signed-in' | 'signed-out' | 'unreachable';
  user: SelfUser | null;
  /** Why the user has to sign in again, if it was not their own doing. */
  notice: string | null;
  /** Whether the user logged out: then the next one starts at the beginning, not where this one was. */
  left: boolean;
}

/** Who is signed in here. */
export const useSession = create<SessionState>()(() => ({ status: 'loading', user: null, notice: null, left: false }));

export function signedIn(user: SelfUser): void {
  useSession.setState({ status: 'signed-in', user, notice: null, left: false });
}

/** The session is over, or there is none. */
export function signedOut(notice: string | null): void {
  useSession.setState({ status: 'signed-out', user: null, notice, left: false });
}

/** The user logged out here. */
export function loggedOut(): void {
  useSession.setState({ status: 'signed-out', user: null, notice: null, left: true });
}

/** The signed-in user's own data changed. */
export function updateSelf(user: SelfUser): void {
  useSession.setState({ user });
}

/** The signed-in user. Only for views behind sign-in. */
export function useSelf(): SelfUser {
  const user = useSession((session) => session.user);
  if (user === null) throw new Error('No user is signed in.');
  return user;
}
