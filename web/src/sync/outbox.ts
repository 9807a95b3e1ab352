import { errorText, toApiError, type ApiError } from '@/lib/api-error';
import type { TabChannel } from '@/lib/channel';
import type { Clock, Timer } from '@/lib/clock';
import { randomId } from '@/lib/ids';
import type { Locks } from '@/lib/locks';
import type { Attachment, Message, NewMessage } from '@/lib/wire';
import { backoffDelay } from './backoff';
import type { Forwarding, OutboxStorage, StoredMessage } from './outbox-storage';

/**
 * `sent`: the server has it, but entries before it are still on their way, so its place in the
 * log can't be shown yet.
 */
export type PendingState = 'queued' | 'sending' | 'sent' | 'failed';

export interface PendingMessage extends StoredMessage {
  state: PendingState;
  /** Its place in the log, once sent. */
  seq: number | null;
}

export interface OutboxState {
  /** By order. */
  items: readonly PendingMessage[];
  /** Wall time until which nothing is sent. */
  pausedUntil: number | null;
  pausedBy: 'rate-limit' | 'failure' | null;
}

export interface Draft {
  conversationId: string;
  text: string;
  attachments: Attachment[];
  /** The id of the message that it answers. */
  replyTo?: string | null;
  forward?: Forwarding | null;
}

/** What tabs of the same user tell each other. */
export type OutboxNotice = { kind: 'changed' } | { kind: 'sent'; message: Message };

export interface OutboxOptions {
  userId: string;
  storage: OutboxStorage;
  locks: Locks;
  clock: Clock;
  random: () => number;
  tabs: TabChannel<OutboxNotice>;
  send(conversationId: string, message: NewMessage): Promise<Message>;
  onChange(state: OutboxState): void;
  /** The server has stored `message`: the same as an entry that came over the socket. */
  onSent(message: Message): void;
}

const adoptAfter = 60_000;
const minPause = 250;

/**
 * Messages on their way out. They survive a reload, go out in order within their conversation,
 * and keep their clientId through every retry, so that the server stores each once.
 */
export class Outbox {
  private state: OutboxState = { items: [], pausedUntil: null, pausedBy: null };
  private flowing = false;
  private stopped = false;
  private failures = 0;
  private lastOrder = 0;
  private resumeTimer: Timer | null = null;
  private adoptTimer: Timer | null = null;
  private readonly pumping = new Set<string>();
  /** In storage: if one of these is gone from there, another tab has dealt with it. */
  private readonly durable = new Set<string>();
  /** Sent, confirmed or given up: never to be taken from storage again. */
  private readonly done = new Set<string>();
  /** Written by another tab, which sends them itself unless it goes away. */
  private readonly foreign = new Set<string>();
  private readonly stopListening: () => void;

  constructor(private readonly options: OutboxOptions) {
    this.stopListening = options.tabs.listen((notice) => void this.hear(notice));
  }

  /** Takes over what is left from before. */
  async load(): Promise<void> {
    await this.readStorage();
    this.pumpAll();
  }

  /** Lets messages go, now or as soon as a rate limit allows. To be called once everything missed is caught up with. */
  flow(): void {
    this.flowing = true;
    this.foreign.clear();
    if (this.state.pausedBy === 'failure') this.unpause();
    this.pumpAll();
  }

  /** Holds messages back until `flow`. A send under way goes on. */
  hold(): void {
    this.flowing = false;
  }

  stop(): void {
    this.stopped = true;
    this.stopListening();
    this.options.tabs.close();
    this.options.clock.clearTimeout(this.resumeTimer);
    this.options.clock.clearTimeout(this.adoptTimer);
  }

  /** Queues a message. It shows at once, and is stored before it is sent. */
  async enqueue(draft: Draft): Promise<void> {
    const now = this.options.clock.now();
    this.lastOrder = Math.max(now, this.lastOrder + 1);
    const message: StoredMessage = {
      ...draft,
      replyTo: draft.replyTo ?? null,
      forward: draft.forward ?? null,
      clientId: randomId(),
      order: this.lastOrder,
      createdAt: new Date(now).toISOString(),
      failure: null,
      forbidden: false,
    };
    this.setItems([...this.state.items, { ...message, state: 'queued', seq: null }]);
    await this.store(message);
    void this.pump(draft.conversationId);
  }

  /** Tries a refused message again. */
  async retry(clientId: string): Promise<void> {
    const item = this.find(clientId);
    if (item?.state !== 'failed') return;
    this.update(clientId, { state: 'queued', failure: null });
    await this.store(toStored({ ...item, failure: null }));
    void this.pump(item.conversationId);
  }

  /** Gives up an unsent message. */
  async discard(clientId: string): Promise<void> {
    await this.remove(clientId);
    this.options.tabs.post({ kind: 'changed' });
  }

  /** A conversation's log has been applied up to `applied`, and holds own messages with `clientIds`: pending copies go. */
  confirm(conversationId: string, applied: number, clientIds: readonly string[]): void {
    for (const item of this.state.items) {
      if (item.conversationId !== conversationId) continue;
      const shown = item.seq !== null && item.seq <= applied;
      if (shown || clientIds.includes(item.clientId)) void this.remove(item.clientId);
    }
  }

  private pumpAll(): void {
    for (const id of new Set(this.state.items.map((item) => item.conversationId))) void this.pump(id);
  }

  /** Sends a conversation's messages one after the other until none is left or sending pauses. */
  private async pump(conversationId: string): Promise<void> {
    if (this.pumping.has(conversationId)) return;
    this.pumping.add(conversationId);
    const lock = `parley-outbox:${this.options.userId}:${conversationId}`;
    try {
      while (this.head(conversationId) !== undefined) {
        await this.options.locks.run(lock, () => this.sendHead(conversationId));
      }
    } finally {
      this.pumping.delete(conversationId);
    }
  }

  /** The next message to send, if sending is allowed now. */
  private head(conversationId: string): PendingMessage | undefined {
    if (!this.flowing || this.stopped || this.state.pausedUntil !== null) return undefined;
    return this.state.items.find(
      (item) => item.conversationId === conversationId && item.state === 'queued' && !this.foreign.has(item.clientId),
    );
  }

  private async sendHead(conversationId: string): Promise<void> {
    await this.readStorage();
    const item = this.head(conversationId);
    if (item === undefined) return;
    this.update(item.clientId, { state: 'sending' });
    try {
      const message = await this.options.send(conversationId, toNewMessage(item));
      this.failures = 0;
      await this.sent(message);
    } catch (error) {
      await this.failed(item, toApiError(error));
    }
  }

  private async sent(message: Message): Promise<void> {
    this.done.add(message.clientId);
    await this.options.storage.remove(message.clientId).catch(() => undefined);
    this.update(message.clientId, { state: 'sent', seq: message.seq });
    this.options.tabs.post({ kind: 'sent', message });
    this.options.onSent(message);
  }

  private async failed(item: PendingMessage, error: ApiError): Promise<void> {
    if (error.status === 401) {
      this.hold();
      this.update(item.clientId, { state: 'queued' });
      return;
    }
    if (error.transient) {
      this.pause(error);
      this.update(item.clientId, { state: 'queued' });
      return;
    }
    const change = { failure: errorText(error), forbidden: error.status === 403 };
    this.update(item.clientId, { state: 'failed', ...change });
    await this.store(toStored({ ...item, ...change }));
  }

  private pause(error: ApiError): void {
    const { clock, random } = this.options;
    const delay = Math.max(minPause, error.retryAfterMs ?? backoffDelay(this.failures, random));
    this.failures++;
    this.setState({
      pausedUntil: clock.now() + delay,
      pausedBy: error.status === 429 ? 'rate-limit' : 'failure',
    });
    clock.clearTimeout(this.resumeTimer);
    this.resumeTimer = clock.setTimeout(() => {
      this.unpause();
      this.pumpAll();
    }, delay);
  }

  private unpause(): void {
    this.options.clock.clearTimeout(this.resumeTimer);
    this.setState({ pausedUntil: null, pausedBy: null });
  }

  private async hear(notice: OutboxNotice): Promise<void> {
    if (notice.kind === 'sent') {
      this.update(notice.message.clientId, { state: 'sent', seq: notice.message.seq });
      this.options.onSent(notice.message);
      return;
    }
    for (const clientId of await this.readStorage()) this.foreign.add(clientId);
    if (this.foreign.size > 0 && this.adoptTimer === null) this.scheduleAdoption();
  }

  /** If the tab that wrote them is gone, this one sends them. */
  private scheduleAdoption(): void {
    this.adoptTimer = this.options.clock.setTimeout(() => {
      this.adoptTimer = null;
      this.foreign.clear();
      this.pumpAll();
    }, adoptAfter);
  }

  /** Makes the items follow the storage that all tabs share; returns which are new here. */
  private async readStorage(): Promise<string[]> {
    const durable = new Set(this.durable);
    const stored = await this.options.storage.load().catch(() => null);
    if (stored === null) return [];
    const present = new Set(stored.map((message) => message.clientId));
    const goneElsewhere = (item: PendingMessage) => durable.has(item.clientId) && !present.has(item.clientId);
    const kept = this.state.items.filter((item) => item.state === 'sent' || !goneElsewhere(item));
    const known = new Set(kept.map((item) => item.clientId));
    const added = stored.filter(({ clientId }) => !known.has(clientId) && !this.done.has(clientId));
    for (const message of added) this.durable.add(message.clientId);
    if (added.length === 0 && kept.length === this.state.items.length) return [];
    this.lastOrder = Math.max(this.lastOrder, ...added.map((message) => message.order));
    this.setItems([...kept, ...added.map(fromStored)].toSorted((a, b) => a.order - b.order));
    return added.map((message) => message.clientId);
  }

  private async store(message: StoredMessage): Promise<void> {
    try {
      await this.options.storage.put(message);
      this.durable.add(message.clientId);
      this.options.tabs.post({ kind: 'changed' });
    } catch {
      // Storage is full or gone: the message lives in this tab only, and is sent all the same.
    }
  }

  private async remove(clientId: string): Promise<void> {
    this.done.add(clientId);
    this.durable.delete(clientId);
    this.foreign.delete(clientId);
    this.setItems(this.state.items.filter((item) => item.clientId !== clientId));
    await this.options.storage.remove(clientId).catch(() => undefined);
  }

  private find(clientId: string): PendingMessage | undefined {
    return this.state.items.find((item) => item.clientId === clientId);
  }

  private update(clientId: string, change: Partial<PendingMessage>): void {
    if (this.find(clientId) === undefined) return;
    this.setItems(this.state.items.map((item) => (item.clientId === clientId ? { ...item, ...change } : item)));
  }

  private setItems(items: readonly PendingMessage[]): void {
    this.setState({ items });
  }

  private setState(change: Partial<OutboxState>): void {
    this.state = { ...this.state, ...change };
    this.options.onChange(this.state);
  }
}

function toStored(message: PendingMessage): StoredMessage {
  const { clientId, conversationId, order, text, attachments, replyTo, forward, createdAt, failure, forbidden } = message;
  return { clientId, conversationId, order, text, attachments, replyTo, forward, createdAt, failure, forbidden };
}

function fromStored(message: StoredMessage): PendingMessage {
  // Messages that an older version of this client has stored lack some fields.
  return { ...message, replyTo: message.replyTo ?? null, forward: message.forward ?? null, forbidden: message.forbidden ?? false, state: message.failure === null ? 'queued' : 'failed', seq: null };
}

function toNewMessage({ clientId, text, attachments, replyTo, forward }: StoredMessage): NewMessage {
  if (forward !== null) return { clientId, forwardOf: forward.of };
  return {
    clientId,
    ...(replyTo === null ? {} : { replyTo }),
    ...(text === '' ? {} : { text }),
    ...(attachments.length === 0 ? {} : { uploadIds: attachments.map((attachment) => attachment.id) }),
  };
}
