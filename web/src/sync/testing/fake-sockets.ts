import type { Socket, SocketHandlers } from '@/sync/link';

/** One end of a socket, as the server holds it. */
export class FakeSocket implements Socket {
  readonly sent: unknown[] = [];
  closedByClient = false;
  private open = true;

  constructor(
    private readonly handlers: SocketHandlers,
    readonly openedIdle: boolean,
  ) {}

  get isOpen(): boolean {
    return this.open;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closedByClient = true;
    this.open = false;
  }

  /** The server sends a frame. */
  deliver(frame: object): void {
    if (this.open) this.handlers.onMessage(JSON.stringify(frame));
  }

  hello(userId: string, pingIntervalMs = 20_000): void {
    this.deliver({ type: 'hello', connectionId: 'c', userId, node: 'n', pingIntervalMs, serverTime: '2026-03-02T10:00:00.000Z' });
  }

  /** The connection ends from the server's side, or breaks. */
  break(code = 1006): void {
    if (!this.open) return;
    this.open = false;
    this.handlers.onClose(code);
  }

  framesOf(type: string): unknown[] {
    return this.sent.filter((frame) => (frame as { type: string }).type === type);
  }
}

/** Collects the sockets that a client opens. */
export class FakeSockets {
  readonly all: FakeSocket[] = [];

  readonly factory = (handlers: SocketHandlers, idle = false): Socket => {
    const socket = new FakeSocket(handlers, idle);
    this.all.push(socket);
    return socket;
  };

  get last(): FakeSocket {
    const socket = this.all.at(-1);
    if (socket === undefined) throw new Error('No socket was opened.');
    return socket;
  }
}
