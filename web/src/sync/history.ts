import { toApiError } from '@/lib/api-error';
import type { MessagePage } from '@/lib/wire';
import type { SyncApi } from './api';
import type { Conversations } from './conversations';
import { loadingWindow, showNewer, showOlder, showPage, trimNewest, trimOldest, type MessageWindow } from './message-window';
import { mergeSummary, type Replica } from './replica';

/** Messages kept of a conversation that nobody looks at, and how many such conversations are kept. */
const keepMessages = 100;
const keepWindows = 20;
/** Messages held while somebody scrolls through them: beyond, the far end is let go. */
const holdMessages = 600;
/** Of a window whose pages on their way have become void. */
const quiet = { older: 'idle', newer: 'idle', replay: [] } as const;

/** Loads the messages of the conversations that are looked at, page by page, newest first. */
export class History {
  private readonly viewers = new Map<string, number>();
  /** Conversations with loaded messages, the one left longest ago first. */
  private readonly loaded = new Set<string>();
  /** Counts what replaced each conversation's window. */
  private readonly loads = new Map<string, number>();

  constructor(
    private readonly api: SyncApi,
    private readonly conversations: Conversations,
    /** Own messages that a page shows may still be pending. */
    private readonly onPage: (conversationId: string, page: MessagePage) => void,
  ) {}

  /** A view shows a known conversation: its messages are loaded and kept. Returns how to stop. */
  open(id: string): () => void {
    this.viewers.set(id, (this.viewers.get(id) ?? 0) + 1);
    this.loaded.delete(id);
    this.loaded.add(id);
    const replica = this.conversations.get(id);
    if (replica !== undefined && (replica.window === null || replica.window.status === 'failed')) void this.loadLatest(id);
    let open = true;
    return () => {
      if (open) this.close(id);
      open = false;
    };
  }

  /** Loads the newest page (again); failures show in the window's status. */
  async loadLatest(id: string): Promise<void> {
    this.changeWindow(id, (window) => ({ ...(window ?? loadingWindow), status: 'loading' }));
    const load = this.begin(id);
    try {
      const page = await this.api.messages(id, 'latest');
      if (this.isNewest(id, load)) this.showPage(id, page);
    } catch {
      if (this.isNewest(id, load)) this.changeWindow(id, (window) => window && { ...window, ...quiet, status: 'failed' });
    }
  }

  /**
   * Moves to where a message is, by its id or seq, unless it is loaded already. What is loaded stays if it can't be had.
   * Fails with an ApiError.
   */
  async loadAround(id: string, message: string | number): Promise<void> {
    const window = this.conversations.get(id)?.window;
    if (window?.status === 'ready' && window.messages.some((one) => one.id === message || one.seq === message)) return;
    const status = window?.status ?? 'loading';
    this.changeWindow(id, (current) => ({ ...(current ?? loadingWindow), status: 'loading' }));
    const load = this.begin(id);
    try {
      const page = await this.api.messages(id, { around: message });
      if (this.isNewest(id, load)) this.showPage(id, page);
    } catch (error) {
      if (!this.isNewest(id, load)) return;
      if ((window?.messages.length ?? 0) === 0) void this.loadLatest(id);
      else this.changeWindow(id, (current) => current && { ...current, ...quiet, status });
      throw error;
    }
  }

  /** Loads the page before the oldest message, if there is one and it is not on its way. */
  async loadOlder(id: string): Promise<void> {
    const window = this.conversations.get(id)?.window;
    const oldest = window?.messages[0]?.seq;
    if (window?.status !== 'ready' || window.older === 'loading' || !window.hasMoreBefore || oldest === undefined) return;
    this.changeWindow(id, (current) => current && { ...trimNewest(current, current.newer === 'loading' ? Infinity : holdMessages), older: 'loading' });
    const load = this.loads.get(id);
    try {
      const page = await this.api.messages(id, { before: oldest });
      if (!this.isNewest(id, load)) return;
      this.changeWindow(id, (current) => current && showOlder(current, page));
      this.onPage(id, page);
    } catch {
      if (this.isNewest(id, load)) this.changeWindow(id, (current) => current && { ...current, older: 'failed', replay: [] });
    }
  }

  /** Loads the page after the newest message, where the window does not reach the present. */
  async loadNewer(id: string): Promise<void> {
    const window = this.conversations.get(id)?.window;
    const newest = window?.messages.at(-1)?.seq;
    if (window?.status !== 'ready' || window.newer === 'loading' || !window.hasMoreAfter || newest === undefined) return;
    this.changeWindow(id, (current) => current && { ...trimOldest(current, current.older === 'loading' ? Infinity : holdMessages), newer: 'loading' });
    const load = this.loads.get(id);
    try {
      const page = await this.api.messages(id, { after: newest });
      if (!this.isNewest(id, load)) return;
      this.changeWindow(id, (current) => current && showNewer(current, page));
      this.onPage(id, page);
    } catch {
      if (this.isNewest(id, load)) this.changeWindow(id, (current) => current && { ...current, newer: 'failed' });
    }
  }

  /**
   * Jumps to the conversation's present, for when too much was missed to follow entry by entry.
   * Fails with an ApiError.
   */
  async reload(id: string): Promise<void> {
    this.changeWindow(id, (window) => window && { ...window, status: 'loading' });
    const load = this.begin(id);
    try {
      // In this order, so that the page contains every entry that the summary counts.
      const summary = await this.api.conversation(id);
      const page = this.conversations.get(id)?.window ? await this.api.messages(id, 'latest') : null;
      // Another load has put a page in its place that may be older than the summary.
      if (!this.isNewest(id, load)) return await this.reload(id);
      this.conversations.change(id, (replica) => jumpTo(mergeSummary(replica, summary, this.conversations.self), summary.lastSeq));
      if (page !== null) this.showPage(id, page);
    } catch (error) {
      const status = toApiError(error).transient ? 'ready' : 'failed';
      if (this.isNewest(id, load)) {
        this.changeWindow(id, (window) => window && { ...window, ...quiet, status: window.messages.length > 0 ? status : 'failed' });
      }
      throw error;
    }
  }

  /** Tries again what could not be loaded and is still looked at. */
  retryFailed(): void {
    for (const id of this.viewers.keys()) {
      if (this.conversations.get(id)?.window?.status === 'failed') void this.loadLatest(id);
    }
  }

  private showPage(id: string, page: MessagePage): void {
    this.changeWindow(id, (window) => window && showPage(window, page));
    this.onPage(id, page);
  }

  /** A load that replaces the window makes all that are under way void. */
  private begin(id: string): number {
    const load = (this.loads.get(id) ?? 0) + 1;
    this.loads.set(id, load);
    return load;
  }

  private isNewest(id: string, load: number | undefined): boolean {
    return this.loads.get(id) === load;
  }

  private close(id: string): void {
    const left = (this.viewers.get(id) ?? 1) - 1;
    if (left > 0) {
      this.viewers.set(id, left);
      return;
    }
    this.viewers.delete(id);
    // Whoever comes back wants to see the present.
    if (this.conversations.get(id)?.window?.hasMoreAfter === true) this.unload(id);
    else this.changeWindow(id, (window) => window && trimOldest(window, keepMessages));
    for (const oldest of this.loaded) {
      if (this.loaded.size <= keepWindows) break;
      if (!this.viewers.has(oldest)) this.unload(oldest);
    }
  }

  private unload(id: string): void {
    this.loaded.delete(id);
    this.begin(id);
    this.conversations.change(id, (replica) => jumpTo({ ...replica, window: null }, replica.summary.lastSeq));
  }

  private changeWindow(id: string, change: (window: MessageWindow | null) => MessageWindow | null): void {
    this.conversations.change(id, (replica) => ({ ...replica, window: change(replica.window) }));
  }
}

function jumpTo(replica: Replica, seq: number): Replica {
  const applied = Math.max(replica.applied, seq);
  return { ...replica, applied, ahead: replica.ahead.filter((event) => event.seq > applied) };
}
