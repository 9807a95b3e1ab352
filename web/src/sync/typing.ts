import type { Clock, Timer } from '@/lib/clock';
import { withEntry, type SyncStore } from './state';

const sendEvery = 3_000;
const expiresAfter = 6_000;

/** Who types where: tells the others of this user (sparingly), and forgets the others by itself. */
export class Typing {
  private readonly sentAt = new Map<string, number>();
  private readonly expiry = new Map<string, Timer>();

  constructor(
    private readonly store: SyncStore,
    private readonly clock: Clock,
    private readonly send: (conversationId: string, active: boolean) => void,
  ) {}

  /** This user pressed a key in the conversation. */
  active(conversationId: string): void {
    const last = this.sentAt.get(conversationId);
    if (last !== undefined && this.clock.now() - last < sendEvery) return;
    this.sentAt.set(conversationId, this.clock.now());
    this.send(conversationId, true);
  }

  /** This user sent, cleared or left the text. */
  inactive(conversationId: string): void {
    if (this.sentAt.delete(conversationId)) this.send(conversationId, false);
  }

  /** Another user types, or stopped. */
  receive(conversationId: string, userId: string, active: boolean): void {
    if (userId === this.store.getState().self) return;
    const key = `${conversationId} ${userId}`;
    this.clock.clearTimeout(this.expiry.get(key) ?? null);
    this.expiry.delete(key);
    this.show(conversationId, userId, active);
    if (active) this.expiry.set(key, this.clock.setTimeout(() => this.receive(conversationId, userId, false), expiresAfter));
  }

  stop(): void {
    for (const timer of this.expiry.values()) this.clock.clearTimeout(timer);
    this.expiry.clear();
  }

  private show(conversationId: string, userId: string, active: boolean): void {
    const { typing } = this.store.getState();
    const before = typing.get(conversationId) ?? [];
    if (before.includes(userId) === active) return;
    const users = active ? [...before, userId] : before.filter((id) => id !== userId);
    this.store.setState({ typing: withEntry(typing, conversationId, users.length > 0 ? users : undefined) });
  }
}
