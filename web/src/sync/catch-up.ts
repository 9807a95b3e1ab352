import { toApiError } from '@/lib/api-error';
import { sleep, type Clock } from '@/lib/clock';
import type { LogEvent } from '@/lib/wire';
import type { SyncAnswer, SyncApi } from './api';
import { backoffDelay } from './backoff';
import type { Conversations } from './conversations';
import type { History } from './history';
import { isBehind, mergeDelivered, mergeReads, withSettings, type Replica } from './replica';

export interface CatchUpOptions {
  api: SyncApi;
  clock: Clock;
  random: () => number;
  conversations: Conversations;
  history: History;
  /** Reloads the list from its first page. */
  reloadList(): Promise<void>;
  /** Every conversation of this user is known now. */
  listComplete(): void;
}

/** A request body has a limit; conversations left out come back as new, which is harmless. */
const maxCursors = 1_000;
const refreshPause = 250;

/** Finds what this client has missed: on (re)connecting for everything, on a gap for one conversation. */
export class CatchUp {
  private stopped = false;
  private syncing: Promise<void> | null = null;
  private again = false;
  private readonly filling = new Set<string>();
  /** Conversations whose summary is being read anew; true if it has to be read once more. */
  private readonly refreshing = new Map<string, boolean>();
  private readonly loading = new Map<string, Promise<void>>();
  /** Entries of conversations that are not known yet. */
  private readonly early = new Map<string, LogEvent[]>();

  constructor(private readonly options: CatchUpOptions) {}

  stop(): void {
    this.stopped = true;
  }

  /** Entries from anywhere, in any order. */
  receive(events: readonly LogEvent[], live: boolean): void {
    for (const [id, entries] of byConversation(events)) {
      if (this.options.conversations.get(id) === undefined) {
        this.early.set(id, [...(this.early.get(id) ?? []), ...entries]);
        void this.ensure(id);
        continue;
      }
      this.options.conversations.ingest(id, entries, live);
      if (this.syncing === null) void this.fill(id);
    }
  }

  /** Fetches everything missed in all conversations. Fails with an ApiError; calls during a sync share the next one. */
  async sync(): Promise<void> {
    if (this.syncing !== null) {
      this.again = true;
      return this.syncing;
    }
    this.syncing = this.syncUntilQuiet().finally(() => {
      this.syncing = null;
    });
    await this.syncing;
    for (const replica of this.options.conversations.all()) if (isBehind(replica)) void this.fill(replica.summary.id);
  }

  /** Makes sure that a conversation is known, trying until it is, or is known not to exist. */
  ensure(id: string): Promise<void> {
    const { conversations } = this.options;
    if (conversations.get(id) !== undefined) return Promise.resolve();
    const running = this.loading.get(id);
    if (running !== undefined) return running;
    const loading = this.untilDone(id, async () => {
      conversations.merge([await this.options.api.conversation(id)]);
    }).then(() => {
      this.loading.delete(id);
      const early = this.early.get(id) ?? [];
      this.early.delete(id);
      if (conversations.get(id) !== undefined) this.receive(early, true);
    });
    this.loading.set(id, loading);
    return loading;
  }

  /** Reads a conversation's summary anew: for changes that its log does not spell out, or after one that was too old for them. */
  async refresh(id: string): Promise<void> {
    const running = this.refreshing.has(id);
    this.refreshing.set(id, running);
    if (running) return;
    for (let round = 0; round === 0 || (this.refreshing.get(id) === true && !this.stopped); round++) {
      // A burst of changes costs few requests.
      if (round > 0) await sleep(this.options.clock, refreshPause);
      this.refreshing.set(id, false);
      await this.untilDone(id, async () => {
        const summary = await this.options.api.conversation(id);
        // It may have gone meanwhile, and must not come back.
        if (this.options.conversations.get(id) !== undefined) this.options.conversations.merge([summary]);
      });
    }
    this.refreshing.delete(id);
    void this.fill(id);
  }

  /** Fetches what is new in one conversation: for a change made here, while no socket tells of it. */
  async pull(id: string): Promise<void> {
    const { api, conversations } = this.options;
    const replica = conversations.get(id);
    if (replica === undefined) return;
    const answer = await api.events(id, replica.applied);
    conversations.ingest(id, answer.events, true);
  }

  private async syncUntilQuiet(): Promise<void> {
    do {
      this.again = false;
      await this.take(await this.options.api.sync(this.cursors()));
    } while (this.again && !this.stopped);
  }

  private cursors(): Record<string, number> {
    const recent = this.options.conversations
      .all()
      .toSorted((a, b) => b.summary.lastActivityAt.localeCompare(a.summary.lastActivityAt))
      .slice(0, maxCursors);
    return Object.fromEntries(recent.map(({ summary, applied }) => [summary.id, applied]));
  }

  private async take(answer: SyncAnswer): Promise<void> {
    const { conversations, history } = this.options;
    if (answer.resetAll) {
      await this.startOver();
      return;
    }
    for (const id of answer.removed) conversations.gone(id);
    for (const [id, events] of Object.entries(answer.events)) conversations.ingest(id, events, false);
    conversations.merge(answer.conversations);
    for (const [id, positions] of Object.entries(answer.reads)) {
      conversations.change(id, (replica) => mergeReads(replica, positions, conversations.self));
    }
    for (const [id, positions] of Object.entries(answer.delivered)) {
      conversations.change(id, (replica) => mergeDelivered(replica, positions));
    }
    for (const [id, settings] of Object.entries(answer.settings)) {
      conversations.change(id, (replica) => withSettings(replica, settings));
    }
    this.options.listComplete();
    await Promise.all(answer.reset.map((id) => history.reload(id)));
  }

  /** What is on the screen is loaded anew; everything else comes back page by page. */
  private async startOver(): Promise<void> {
    const { conversations, history } = this.options;
    const open = (replica: Replica) => replica.window !== null;
    conversations.remove(conversations.all().filter((replica) => !open(replica)).map((replica) => replica.summary.id));
    await this.options.reloadList();
    await Promise.all(conversations.all().filter(open).map((replica) => history.reload(replica.summary.id)));
  }

  /** Fetches missing entries of one conversation until none is missing. */
  private async fill(id: string): Promise<void> {
    const { api, conversations, history } = this.options;
    const behind = () => {
      const replica = conversations.get(id);
      return replica !== undefined && isBehind(replica) ? replica : null;
    };
    if (this.filling.has(id) || behind() === null) return;
    this.filling.add(id);
    try {
      for (let replica = behind(); replica !== null && !this.stopped; replica = behind()) {
        const { applied } = replica;
        const done = await this.untilDone(id, async () => {
          const answer = await api.events(id, applied);
          conversations.ingest(id, answer.events, true);
          const moved = conversations.get(id);
          if (answer.reset || moved?.applied === applied) await history.reload(id);
        });
        // Without progress another try would go the same way.
        if (!done || conversations.get(id)?.applied === applied) return;
      }
    } finally {
      this.filling.delete(id);
    }
  }

  /** Runs `job` until it succeeds, or fails for good; a conversation that is not there (any more) is marked so. */
  private async untilDone(id: string, job: () => Promise<void>): Promise<boolean> {
    const { clock, random, conversations } = this.options;
    for (let attempt = 0; !this.stopped; attempt++) {
      try {
        await job();
        return true;
      } catch (thrown) {
        const error = toApiError(thrown);
        if (error.status === 404) conversations.gone(id);
        if (!error.transient) return false;
        conversations.unreachable(id);
        await sleep(clock, Math.max(error.retryAfterMs ?? 0, backoffDelay(attempt + 1, random)));
      }
    }
    return false;
  }
}

function byConversation(events: readonly LogEvent[]): Map<string, LogEvent[]> {
  const groups = new Map<string, LogEvent[]>();
  for (const event of events) groups.set(event.conversationId, [...(groups.get(event.conversationId) ?? []), event]);
  return groups;
}
