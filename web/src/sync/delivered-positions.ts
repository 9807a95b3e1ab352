import type { Clock, Timer } from '@/lib/clock';
import { toApiError } from '@/lib/api-error';
import { limits } from '@/lib/wire';

const settle = 1_000;
const retryAfter = 10_000;

/** Tells the server what has reached this device: one request for all that came within a second. */
export class DeliveredPositions {
  private readonly unsent = new Map<string, number>();
  /** Reported before, or known to the server anyway. */
  private readonly known = new Map<string, number>();
  private timer: Timer | null = null;
  private stopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly post: (positions: Record<string, number>) => Promise<void>,
  ) {}

  /** Entries up to `seq` have reached this device. */
  reached(conversationId: string, seq: number): void {
    if (seq <= (this.known.get(conversationId) ?? 0)) return;
    this.known.set(conversationId, seq);
    this.unsent.set(conversationId, seq);
    if (this.timer === null) this.schedule(settle);
  }

  stop(): void {
    this.stopped = true;
    this.clock.clearTimeout(this.timer);
  }

  private schedule(delay: number): void {
    if (this.stopped) return;
    this.timer = this.clock.setTimeout(() => {
      this.timer = null;
      void this.flush();
    }, delay);
  }

  private async flush(): Promise<void> {
    const batch = [...this.unsent].slice(0, limits.delivered);
    for (const [id] of batch) this.unsent.delete(id);
    try {
      await this.post(Object.fromEntries(batch));
    } catch (error) {
      if (!toApiError(error).transient) return;
      for (const [id, seq] of batch) this.unsent.set(id, Math.max(seq, this.unsent.get(id) ?? 0));
    }
    if (this.unsent.size > 0 && this.timer === null) this.schedule(retryAfter);
  }
}
