import type { Clock, Timer } from '@/lib/clock';
import { limits } from '@/lib/wire';
import { withEntry, type Presence, type SyncStore } from './state';

const settle = 150;

/** Tells the server which users are in view, and keeps what it says of them. */
export class PresenceWatch {
  /** How many views show each user; the latest to come into view are last. */
  private readonly watchers = new Map<string, number>();
  private timer: Timer | null = null;

  constructor(
    private readonly store: SyncStore,
    private readonly clock: Clock,
    private readonly send: (userIds: string[]) => void,
  ) {}

  /** A view shows the user. Returns how to stop. */
  watch(userId: string): () => void {
    const before = this.watchers.get(userId) ?? 0;
    this.watchers.delete(userId);
    this.watchers.set(userId, before + 1);
    if (before === 0) this.schedule();
    let watching = true;
    return () => {
      if (!watching) return;
      watching = false;
      this.unwatch(userId);
    };
  }

  /** A new socket knows of nobody yet. */
  greet(): void {
    if (this.watchers.size > 0) this.announce();
  }

  private announce(): void {
    this.clock.clearTimeout(this.timer);
    this.timer = null;
    this.send([...this.watchers.keys()].slice(-limits.watched));
  }

  receive({ userId, online, away, lastSeenAt }: Presence & { userId: string }): void {
    // Without a time it is not for this user to know, even if it was before.
    this.store.setState(({ presence }) => ({ presence: withEntry(presence, userId, { online, away, lastSeenAt }) }));
  }

  /** After a while without a socket, what is known is no longer true. */
  forget(): void {
    this.store.setState({ presence: new Map() });
  }

  stop(): void {
    this.clock.clearTimeout(this.timer);
  }

  private unwatch(userId: string): void {
    const count = (this.watchers.get(userId) ?? 1) - 1;
    if (count > 0) {
      this.watchers.set(userId, count);
      return;
    }
    this.watchers.delete(userId);
    this.schedule();
  }

  /** Scrolling changes the set often; the server hears of the result. */
  private schedule(): void {
    if (this.timer === null) this.timer = this.clock.setTimeout(() => this.announce(), settle);
  }
}
