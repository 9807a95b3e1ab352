import { create } from 'zustand';
import type { SelfUser } from '@/lib/wire';

interface SessionState {
  /** `unreachable`: nobody knows yet, since the server did not answer. */
  status: 'loading' | 'signed-in' | 'signed-out' | 'unreachable';
  user: SelfUser | null;
  /** Why the user has to sign in again, if it was not their own doing. */
  notice: string | null;
}

/** Who is signed in here. */
export const useSession = create<SessionState>()(() => ({ status: 'loading', user: null, notice: null }));

export function signedIn(user: SelfUser): void {
  useSession.setState({ status: 'signed-in', user, notice: null });
}

export function signedOut(notice: string | null): void {
  useSession.setState({ status: 'signed-out', user: null, notice });
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
