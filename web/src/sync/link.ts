import type { Clock, Timer } from '@/lib/clock';
import { decodeFrame, type ClientFrame, type ServerFrame } from './frames';

/** The part of a WebSocket that the sync core needs. */
export interface Socket {
  send(text: string): void;
  close(): void;
}

export interface SocketHandlers {
  onMessage(text: string): void;
  /** Called once, however the socket ended; 1006 if it never opened. */
  onClose(code: number): void;
}

export type SocketFactory = (handlers: SocketHandlers) => Socket;

/** Opens the socket of a device; where nobody is, that it connects is no sign of life. */
export type DeviceSockets = (handlers: SocketHandlers, idle: boolean) => Socket;

export interface LinkHandlers {
  onFrame(link: Link, frame: ServerFrame): void;
  /** Called once when the socket is gone, unless `close` was called before. */
  onEnd(link: Link, code: number): void;
}

const helloTimeout = 10_000;
const silenceFactor = 2.5;
const wakeSilenceFactor = 1.5;
const silent = 4408;

/**
 * One socket and its heartbeat. The server pings; a link that hears nothing for 2.5 intervals is
 * dead, whatever the browser says of the TCP connection.
 */
export class Link {
  /** Whether hello has come: from then on the server owes every event. */
  live = false;
  private readonly socket: Socket;
  private pingInterval = helloTimeout;
  private lastFrameAt: number;
  private watchdog: Timer | null = null;
  private ended = false;

  constructor(
    open: SocketFactory,
    private readonly clock: Clock,
    private readonly handlers: LinkHandlers,
  ) {
    this.lastFrameAt = clock.now();
    this.socket = open({ onMessage: (text) => this.receive(text), onClose: (code) => this.end(code) });
    this.watch(helloTimeout);
  }

  send(frame: ClientFrame): void {
    if (!this.ended) this.socket.send(JSON.stringify(frame));
  }

  /** Closes quietly: no `onEnd` follows. */
  close(): void {
    if (this.ended) return;
    this.finish();
    this.socket.close();
  }

  /** Whether the link has been silent for longer than a waking machine should believe in. */
  get stale(): boolean {
    return this.silence() > this.pingInterval * wakeSilenceFactor;
  }

  /** Ends the link as if the socket had been lost. */
  drop(): void {
    if (this.ended) return;
    this.socket.close();
    this.end(silent);
  }

  private receive(text: string): void {
    if (this.ended) return;
    this.lastFrameAt = this.clock.now();
    const frame = decodeFrame(text);
    if (frame === null) return;
    if (frame.type === 'ping') {
      this.send({ type: 'pong' });
      return;
    }
    if (frame.type === 'hello') {
      this.live = true;
      this.pingInterval = Math.max(1_000, frame.pingIntervalMs);
      this.watch(this.pingInterval * silenceFactor);
    }
    this.handlers.onFrame(this, frame);
  }

  private watch(limit: number, delay = limit): void {
    this.clock.clearTimeout(this.watchdog);
    this.watchdog = this.clock.setTimeout(() => {
      const rest = limit - this.silence();
      if (rest <= 0) this.drop();
      else this.watch(limit, rest);
    }, delay);
  }

  private silence(): number {
    return this.clock.now() - this.lastFrameAt;
  }

  private end(code: number): void {
    if (this.ended) return;
    this.finish();
    this.handlers.onEnd(this, code);
  }

  private finish(): void {
    this.ended = true;
    this.live = false;
    this.clock.clearTimeout(this.watchdog);
  }
}
