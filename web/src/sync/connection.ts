import type { Clock, Timer } from '@/lib/clock';
import { backoffDelay } from './backoff';
import type { ClientFrame, ServerFrame } from './frames';
import { Link, type SocketFactory } from './link';

export interface ConnectionState {
  /**
   * `connecting`: a socket is being opened; `online`: hello has come; `waiting`: for `retryAt`;
   * `ended`: the session is over, only signing in helps.
   */
  phase: 'idle' | 'connecting' | 'online' | 'waiting' | 'ended';
  /** Failures since the connection was last stable. */
  attempt: number;
  /** Wall time of the next try while waiting. */
  retryAt: number | null;
}

export interface ConnectionOptions {
  open: SocketFactory;
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  onState(state: ConnectionState): void;
  onFrame(frame: ServerFrame): void;
  /**
   * A socket ended. Browsers hide why a handshake was refused, so this asks the API whether the
   * session still holds, refreshing it if need be: false ends the connection.
   */
  sessionHolds(attempt: number): Promise<boolean>;
}

const notSignedIn = 4401;
const stableAfter = 5_000;
const tick = 5_000;
const sleptAfter = 15_000;

/**
 * Keeps one live socket: connects, reconnects with jittered back-off, and on the server's request
 * moves to a new socket before it lets go of the old one.
 */
export class Connection {
  private state: ConnectionState = { phase: 'idle', attempt: 0, retryAt: null };
  private current: Link | null = null;
  /** The socket that takes over from `current` as soon as it says hello. */
  private next: Link | null = null;
  private handoverFailures = 0;
  private retryTimer: Timer | null = null;
  private handoverTimer: Timer | null = null;
  private tickTimer: Timer | null = null;
  private tickedAt = 0;
  private onlineSince = 0;
  /** Makes a retry void that a newer connect or a stop has overtaken. */
  private generation = 0;

  constructor(private readonly options: ConnectionOptions) {}

  start(): void {
    if (this.state.phase !== 'idle') return;
    this.tickedAt = this.options.clock.now();
    this.scheduleTick();
    this.connect();
  }

  stop(): void {
    this.generation++;
    this.closeAll();
    this.options.clock.clearTimeout(this.tickTimer);
    this.setState({ phase: 'idle', attempt: 0, retryAt: null });
  }

  /** Sends a frame if there is a live socket. Frames are hints: what is not sent is not kept. */
  send(frame: ClientFrame): boolean {
    if (this.current === null || !this.current.live) return false;
    this.current.send(frame);
    return true;
  }

  /** The page became visible or the machine woke: don't wait, and don't trust a silent socket. */
  wake(): void {
    if (this.state.phase === 'waiting') this.connect();
    else if (this.state.phase === 'online' && this.current?.stale === true) this.current.drop();
  }

  /** The network came back or changed: the old socket may sit on an address that is gone. */
  networkChanged(): void {
    if (this.state.phase === 'waiting') this.connect();
    else if (this.state.phase === 'online') this.handOver();
  }

  private connect(): void {
    this.generation++;
    this.options.clock.clearTimeout(this.retryTimer);
    this.setState({ ...this.state, phase: 'connecting', retryAt: null });
    this.current = this.openLink();
  }

  private openLink(): Link {
    return new Link(this.options.open, this.options.clock, {
      onFrame: (link, frame) => this.receive(link, frame),
      onEnd: (link, code) => this.lost(link, code),
    });
  }

  private receive(link: Link, frame: ServerFrame): void {
    if (frame.type === 'hello') this.greeted(link);
    if (frame.type === 'reconnect') {
      if (link === this.current) this.scheduleHandover(frame.afterMs);
      return;
    }
    this.options.onFrame(frame);
  }

  private greeted(link: Link): void {
    if (link === this.next) {
      this.current?.close();
      this.current = link;
      this.next = null;
    }
    this.handoverFailures = 0;
    this.onlineSince = this.options.clock.now();
    this.setState({ ...this.state, phase: 'online', retryAt: null });
  }

  private scheduleHandover(delay: number): void {
    this.options.clock.clearTimeout(this.handoverTimer);
    this.handoverTimer = this.options.clock.setTimeout(() => this.handOver(), delay);
  }

  private handOver(): void {
    if (this.next === null && this.current !== null) this.next = this.openLink();
  }

  private lost(link: Link, code: number): void {
    if (link === this.next) {
      this.next = null;
      this.scheduleHandover(backoffDelay(this.handoverFailures++, this.options.random));
      return;
    }
    if (link !== this.current) return;
    this.options.clock.clearTimeout(this.handoverTimer);
    const wasOnline = this.state.phase === 'online';
    this.current = this.next;
    this.next = null;
    if (this.current !== null) {
      this.setState({ ...this.state, phase: 'connecting' });
      return;
    }
    void this.retry(wasOnline, code);
  }

  private async retry(wasOnline: boolean, code: number): Promise<void> {
    const { clock, random } = this.options;
    const stable = wasOnline && clock.now() - this.onlineSince >= stableAfter;
    const attempt = stable ? 0 : this.state.attempt;
    const delay = backoffDelay(attempt, random);
    this.setState({ phase: 'waiting', attempt: attempt + 1, retryAt: clock.now() + delay });
    const generation = ++this.generation;
    if (code === notSignedIn) {
      const holds = await this.checkSession(attempt + 1);
      if (!holds || generation !== this.generation) return;
    } else if (!wasOnline) {
      // An API that hangs must not hold up the reconnect.
      void this.checkSession(attempt + 1);
    }
    const rest = Math.max(0, (this.state.retryAt ?? 0) - clock.now());
    this.retryTimer = clock.setTimeout(() => this.connect(), rest);
  }

  private async checkSession(attempt: number): Promise<boolean> {
    const holds = await this.options.sessionHolds(attempt);
    if (!holds && this.state.phase !== 'idle') this.end();
    return holds;
  }

  private end(): void {
    this.generation++;
    this.closeAll();
    this.setState({ phase: 'ended', attempt: 0, retryAt: null });
  }

  private closeAll(): void {
    this.options.clock.clearTimeout(this.retryTimer);
    this.options.clock.clearTimeout(this.handoverTimer);
    this.current?.close();
    this.next?.close();
    this.current = null;
    this.next = null;
  }

  /** Timers stand still while a machine sleeps: a late tick means that it slept. */
  private scheduleTick(): void {
    this.tickTimer = this.options.clock.setTimeout(() => {
      const now = this.options.clock.now();
      const slept = now - this.tickedAt > sleptAfter;
      this.tickedAt = now;
      this.scheduleTick();
      if (slept) this.wake();
    }, tick);
  }

  private setState(state: ConnectionState): void {
    this.state = state;
    this.options.onState(state);
  }
}
