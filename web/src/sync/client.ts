import { toApiError } from '@/lib/api-error';
import { sleep, type Clock, type Timer } from '@/lib/clock';
import type { TabChannel } from '@/lib/channel';
import type { Locks } from '@/lib/locks';
import { limits, type Conversation, type ConversationSettings, type LogEvent, type Message, type MessagePage } from '@/lib/wire';
import type { SyncApi } from './api';
import { backoffDelay } from './backoff';
import { CatchUp } from './catch-up';
import { Connection, type ConnectionState } from './connection';
import { createdBy, endsFor, needsSummary } from './consequences';
import { ConversationList } from './conversation-list';
import { Conversations } from './conversations';
import { DeliveredPositions } from './delivered-positions';
import type { ServerFrame } from './frames';
import { History } from './history';
import { Idleness } from './idleness';
import type { DeviceSockets } from './link';
import { MessageActions } from './message-actions';
import { Outbox, type Draft, type OutboxNotice } from './outbox';
import type { OutboxStorage } from './outbox-storage';
import { PresenceWatch } from './presence-watch';
import { ReadPositions } from './read-positions';
import { markRead, memberDelivered, mergeReads, withSettings, type Replica } from './replica';
import { createSyncStore, type SyncStore } from './state';
import { Typing } from './typing';

export interface SyncClientOptions {
  /** The signed-in user's id. */
  self: string;
  api: SyncApi;
  openSocket: DeviceSockets;
  storage: OutboxStorage;
  locks: Locks;
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  tabs: TabChannel<OutboxNotice>;
  /** The cookies belong to somebody else now (another tab signed in). */
  onOtherUser(): void;
}

/** From this failed attempt on, the client catches up over HTTP while it has no socket. */
const pollFrom = 3;
const presenceOutlives = 10_000;

/**
 * The sync core of one signed-in user: socket, replicas of the logs, outbox, presence, typing.
 * Views read `store` and call the methods; nothing else touches the socket.
 */
export class SyncClient {
  readonly store: SyncStore;
  readonly outbox: Outbox;
  readonly list: ConversationList;
  readonly history: History;
  readonly actions: MessageActions;
  private readonly conversations: Conversations;
  private readonly connection: Connection;
  private readonly catchUp: CatchUp;
  private readonly presence: PresenceWatch;
  private readonly typing: Typing;
  private readonly positions: ReadPositions;
  private readonly delivered: DeliveredPositions;
  private readonly idleness: Idleness;
  /** What the server knows of this device. */
  private knownIdle = false;
  private readonly incoming = new Set<(message: Message) => void>();
  private presenceTimer: Timer | null = null;
  /** Counts hellos and resyncs: only the newest one's catching up counts. */
  private resumption = 0;

  constructor(private readonly options: SyncClientOptions) {
    const { api, clock, random } = options;
    this.store = createSyncStore(options.self);
    this.conversations = new Conversations(
      this.store,
      (replica, events, live) => this.applied(replica, events, live),
      (id) => void this.catchUp.refresh(id),
    );
    this.list = new ConversationList(this.store, api, this.conversations);
    this.history = new History(api, this.conversations, (id, page) => this.pageShown(id, page));
    this.catchUp = new CatchUp({
      api,
      clock,
      random,
      conversations: this.conversations,
      history: this.history,
      reloadList: () => this.list.reload(),
      listComplete: () => this.list.complete(),
    });
    this.idleness = new Idleness(clock, () => this.tellIdleness());
    this.connection = this.createConnection();
    this.outbox = this.createOutbox();
    this.presence = new PresenceWatch(this.store, clock, (userIds) => this.connection.send({ type: 'watch', userIds }));
    this.typing = new Typing(this.store, clock, (conversationId, active) =>
      this.connection.send({ type: 'typing', conversationId, active }),
    );
    this.positions = new ReadPositions(clock, (id, seq) => api.markRead(id, seq));
    this.delivered = new DeliveredPositions(clock, (positions) => api.markDelivered(positions));
    this.actions = new MessageActions(api, (id) => this.settle(id));
  }

  start(): void {
    this.idleness.start();
    this.connection.start();
    void this.list.load();
    void this.outbox.load();
  }

  stop(): void {
    this.resumption++;
    this.idleness.stop();
    this.catchUp.stop();
    this.outbox.stop();
    this.typing.stop();
    this.presence.stop();
    this.positions.stop();
    this.delivered.stop();
    this.options.clock.clearTimeout(this.presenceTimer);
    this.connection.stop();
  }

  /** A view shows the conversation: it is loaded and kept up to date. Returns how to stop. */
  open(conversationId: string): () => void {
    let release: (() => void) | null = null;
    let closed = false;
    const open = () => {
      if (!closed && this.conversations.get(conversationId) !== undefined) release = this.history.open(conversationId);
    };
    if (this.conversations.get(conversationId) === undefined) void this.catchUp.ensure(conversationId).then(open);
    else open();
    return () => {
      closed = true;
      release?.();
    };
  }

  /** Takes in a conversation that was just created or looked up. */
  adopt(conversation: Conversation): void {
    this.conversations.merge([conversation]);
  }

  /** Queues a message; it shows at once and goes out by itself. */
  async send(draft: Draft): Promise<void> {
    this.typing.inactive(draft.conversationId);
    await this.outbox.enqueue(draft);
  }

  /** The user has seen the conversation up to `seq`. */
  read(conversationId: string, seq: number): void {
    const replica = this.conversations.get(conversationId);
    if (replica === undefined || seq <= replica.summary.readSeq) return;
    this.conversations.change(conversationId, (current) => markRead(current, seq, this.options.self));
    this.positions.read(conversationId, seq);
  }

  /** Sets something of this user's own for a conversation, on all devices. Fails with an ApiError. */
  async configure(conversationId: string, change: Partial<ConversationSettings>): Promise<void> {
    const summary = await this.options.api.settings(conversationId, change);
    this.conversations.change(conversationId, (replica) => withSettings(replica, summary));
  }

  startTyping(conversationId: string): void {
    this.typing.active(conversationId);
  }

  stopTyping(conversationId: string): void {
    this.typing.inactive(conversationId);
  }

  /** A view shows the user: their presence is asked for. Returns how to stop. */
  watch(userId: string): () => void {
    return this.presence.watch(userId);
  }

  /** Calls `handler` for each message of others as it comes in. Returns how to stop. */
  onIncoming(handler: (message: Message) => void): () => void {
    this.incoming.add(handler);
    return () => this.incoming.delete(handler);
  }

  /** The page became visible, or woke. */
  wake(): void {
    this.connection.wake();
  }

  /** The browser says that the network is back. */
  networkChanged(): void {
    this.connection.networkChanged();
  }

  /** Somebody is at the device. */
  input(): void {
    this.idleness.input();
  }

  private tellIdleness(): void {
    const { isIdle } = this.idleness;
    if (isIdle !== this.knownIdle && this.connection.send({ type: 'activity', idle: isIdle })) this.knownIdle = isIdle;
  }

  private createConnection(): Connection {
    const { openSocket, clock, random } = this.options;
    return new Connection({
      open: (handlers) => {
        this.knownIdle = this.idleness.isIdle;
        return openSocket(handlers, this.knownIdle);
      },
      clock,
      random,
      onState: (state) => this.connectionChanged(state),
      onFrame: (frame) => this.receive(frame),
      sessionHolds: (attempt) => this.sessionHolds(attempt),
    });
  }

  private createOutbox(): Outbox {
    const { self, storage, locks, clock, random, tabs, api } = this.options;
    return new Outbox({
      userId: self,
      storage,
      locks,
      clock,
      random,
      tabs,
      send: (id, message) => api.send(id, message),
      onChange: (outbox) => this.store.setState({ outbox }),
      onSent: (message) => this.catchUp.receive([createdBy(message)], false),
    });
  }

  private receive(frame: ServerFrame): void {
    switch (frame.type) {
      case 'hello':
        if (frame.userId === this.options.self) this.greeted();
        else this.options.onOtherUser();
        break;
      case 'resync':
        void this.resume();
        break;
      case 'entry':
        this.catchUp.receive([frame.event], true);
        break;
      case 'read':
        this.readBy(frame.conversationId, frame.userId, frame.seq);
        break;
      case 'typing':
        this.typing.receive(frame.conversationId, frame.userId, frame.active);
        break;
      case 'presence':
        this.presence.receive(frame);
        break;
      case 'presence.unknown':
        this.presence.forget();
        break;
      case 'delivered':
        this.conversations.change(frame.conversationId, (replica) => memberDelivered(replica, frame.userId, frame.seq));
        break;
      case 'conversation.settings':
        this.conversations.change(frame.conversationId, (replica) => withSettings(replica, frame));
        break;
      case 'conversation.deleted':
        this.conversations.gone(frame.conversationId);
        break;
      default:
    }
  }

  private greeted(): void {
    this.tellIdleness();
    this.presence.greet();
    void this.resume();
  }

  /** Catches up, then lets the outbox flow: what others wrote comes first. */
  private async resume(): Promise<void> {
    const resumption = ++this.resumption;
    const current = () => resumption === this.resumption;
    const { clock, random } = this.options;
    this.outbox.hold();
    this.store.setState({ synced: false });
    for (let attempt = 0; current(); attempt++) {
      if (await this.trySync(current)) return;
      await sleep(clock, backoffDelay(attempt + 1, random));
    }
  }

  /** False if it is worth trying again. */
  private async trySync(current: () => boolean): Promise<boolean> {
    try {
      await this.catchUp.sync();
    } catch (error) {
      return !toApiError(error).transient;
    }
    if (!current()) return true;
    this.caughtUp();
    return true;
  }

  private caughtUp(): void {
    this.store.setState({ synced: true });
    this.history.retryFailed();
    for (const { summary } of this.conversations.all()) this.acknowledge(summary, summary.lastMessage);
    this.outbox.flow();
  }

  private connectionChanged(state: ConnectionState): void {
    const { clock } = this.options;
    const before = this.store.getState().connection.phase;
    this.store.setState({ connection: state });
    if (state.phase === 'online') {
      clock.clearTimeout(this.presenceTimer);
      this.presenceTimer = null;
      return;
    }
    if (before === 'online') {
      this.resumption++;
      this.outbox.hold();
      this.store.setState({ synced: false });
      this.presenceTimer = clock.setTimeout(() => this.presence.forget(), presenceOutlives);
    }
  }

  /** Without a socket for long, the API alone keeps the conversation going. */
  private async sessionHolds(attempt: number): Promise<boolean> {
    try {
      if (attempt < pollFrom) await this.options.api.checkSession();
      else {
        await this.catchUp.sync();
        this.outbox.flow();
      }
      return true;
    } catch (error) {
      return toApiError(error).status !== 401;
    }
  }

  private readBy(conversationId: string, userId: string, seq: number): void {
    this.conversations.change(conversationId, (replica) => mergeReads(replica, { [userId]: seq }, this.options.self));
  }

  private applied(replica: Replica, events: readonly LogEvent[], live: boolean): void {
    const { id } = replica.summary;
    const messages = events.flatMap((event) => (event.type === 'message.created' ? [event.message] : []));
    const own = messages.filter((message) => message.senderId === this.options.self);
    this.outbox.confirm(id, replica.applied, own.map((message) => message.clientId));
    if (endsFor(events, this.options.self)) {
      this.conversations.gone(id);
      return;
    }
    const others = messages.findLast((message) => message.senderId !== this.options.self);
    this.acknowledge(replica.summary, others ?? null);
    if (!live) return;
    if (events.some((event) => needsSummary(event, replica.summary, this.options.self))) void this.catchUp.refresh(id);
    for (const message of messages) this.announce(message, replica.summary);
  }

  /** Tells the senders that their messages are here. */
  private acknowledge({ id, memberCount, members, readSeq }: Conversation, message: Message | null): void {
    const { self } = this.options;
    if (message === null || message.senderId === self || memberCount > limits.receipts) return;
    const known = members.find((member) => member.userId === self)?.deliveredSeq ?? 0;
    if (message.seq > Math.max(known, readSeq)) this.delivered.reached(id, message.seq);
  }

  /** Without a socket nothing tells of the entry that a change has made. */
  private async settle(conversationId: string): Promise<void> {
    if (this.store.getState().connection.phase !== 'online') await this.catchUp.pull(conversationId);
  }

  private announce(message: Message, { id, readSeq }: Conversation): void {
    if (message.senderId === this.options.self || message.seq <= readSeq) return;
    this.typing.receive(id, message.senderId, false);
    for (const handler of this.incoming) handler(message);
  }

  private pageShown(id: string, page: MessagePage): void {
    const own = page.messages.filter((message) => message.senderId === this.options.self);
    this.outbox.confirm(id, this.conversations.get(id)?.applied ?? 0, own.map((message) => message.clientId));
  }
}
