import type { Clock, Timer } from '@/lib/clock';

/** So long without input, and nobody is there. */
const idleAfter = 5 * 60_000;

/** Whether somebody is at this device. */
export class Idleness {
  private idle = false;
  private lastInput = 0;
  private timer: Timer | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly tell: (idle: boolean) => void,
  ) {}

  get isIdle(): boolean {
    return this.idle;
  }

  start(): void {
    this.lastInput = this.clock.now();
    this.lookIn(idleAfter);
  }

  stop(): void {
    this.clock.clearTimeout(this.timer);
  }

  /** Somebody has done something. Called for each movement of a mouse, so that it may do next to nothing. */
  input(): void {
    this.lastInput = this.clock.now();
    if (!this.idle) return;
    this.idle = false;
    this.lookIn(idleAfter);
    this.tell(false);
  }

  private lookIn(delay: number): void {
    this.clock.clearTimeout(this.timer);
    this.timer = this.clock.setTimeout(() => this.look(), delay);
  }

  private look(): void {
    const left = this.lastInput + idleAfter - this.clock.now();
    if (left > 0) {
      this.lookIn(left);
      return;
    }
    this.idle = true;
    this.tell(true);
  }
}
