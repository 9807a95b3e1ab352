import { toApiError } from '@/lib/api-error';
import type { Locks } from '@/lib/locks';

export interface SessionGuardOptions {
  locks: Locks;
  /** Rotates the tokens; fails with status 401 when the session is over. */
  refresh(): Promise<void>;
  /** The session is over; only signing in helps. Called once. */
  onEnded(): void;
}

const lockName = 'parley-session';

/**
 * Recovers requests that failed with 401. Refresh tokens rotate, and using one twice revokes the
 * session, so only one tab at a time may refresh.
 */
export class SessionGuard {
  private ended = false;

  constructor(private readonly options: SessionGuardOptions) {}

  /** Gets `retry` through with a fresh session, or fails: with `failure` if the session is over. */
  async recover<T>(retry: () => Promise<T>, failure: unknown): Promise<T> {
    const first = await this.options.locks.run(lockName, () => this.retryOrRefresh(retry, failure));
    return first === null ? retry() : first.value;
  }

  /** A new sign-in: the end of the session before is forgotten. */
  renew(): void {
    this.ended = false;
  }

  /** The retry's value if it succeeds, else null once the session has been refreshed. */
  private async retryOrRefresh<T>(retry: () => Promise<T>, failure: unknown): Promise<{ value: T } | null> {
    if (this.ended) throw failure;
    try {
      // Another tab, or another request of this one, may have refreshed while we waited.
      return { value: await retry() };
    } catch (error) {
      if (toApiError(error).status !== 401) throw error;
    }
    try {
      await this.options.refresh();
      return null;
    } catch (error) {
      if (toApiError(error).status !== 401) throw error;
      this.ended = true;
      this.options.onEnded();
      throw failure;
    }
  }
}
