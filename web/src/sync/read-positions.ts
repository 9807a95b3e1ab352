import type { Clock, Timer } from '@/lib/clock';
import { toApiError } from '@/lib/api-error';

const settle = 400;
const retryAfter = 5_000;

/** Sends this user's read positions: the newest one of each conversation, after a moment's quiet. */
export class ReadPositions {
  private readonly unsent = new Map<string, number>();
  private timer: Timer | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly post: (conversationId: string, seq: number) => Promise<void>,
  ) {}

  /** The user has read the conversation up to `seq`. */
  read(conversationId: string, seq: number): void {
    this.unsent.set(conversationId, Math.max(seq, this.unsent.get(conversationId) ?? 0));
    if (this.timer === null) this.schedule(settle);
  }

  stop(): void {
    this.clock.clearTimeout(this.timer);
  }

  private schedule(delay: number): void {
    this.timer = this.clock.setTimeout(() => {
      this.timer = null;
      void this.flush();
    }, delay);
  }

  private async flush(): Promise<void> {
    const batch = [...this.unsent];
    this.unsent.clear();
    const results = await Promise.allSettled(batch.map(([id, seq]) => this.post(id, seq)));
    results.forEach((result, index) => {
      const entry = batch[index];
      if (entry === undefined || result.status === 'fulfilled' || !toApiError(result.reason).transient) return;
      const [id, seq] = entry;
      this.unsent.set(id, Math.max(seq, this.unsent.get(id) ?? 0));
    });
    if (this.unsent.size > 0 && this.timer === null) this.schedule(retryAfter);
  }
}
