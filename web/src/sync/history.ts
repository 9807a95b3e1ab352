import { toApiError } from '@/lib/api-error';
import type { MessagePage } from '@/lib/wire';
import type { SyncApi } from './api';
import type { Conversations } from './conversations';
import { loadingWindow, showLatest, showOlder, trimWindow, type MessageWindow } from './message-window';
import { mergeSummary, type Replica } from './replica';

/** Messages kept of a conversation that nobody looks at, and how many such conversations are kept. */
const keepMessages = 100;
const keepWindows = 20;

/** Loads the messages of the conversations that are looked at, page by page, newest first. */
export class History {
  private readonly viewers = new Map<string, number>();
  /** Conversations with loaded messages, the one left longest ago first. */
  private readonly loaded = new Set<string>();

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
    try {
      this.showLatest(id, await this.api.messages(id, null));
    } catch {
      this.changeWindow(id, (window) => window && { ...window, status: 'failed', replay: [] });
    }
  }

  /** Loads the page before the oldest message, if there is one and it is not on its way. */
  async loadOlder(id: string): Promise<void> {
    const window = this.conversations.get(id)?.window;
    const oldest = window?.messages[0]?.seq;
    if (window?.status !== 'ready' || window.older === 'loading' || !window.hasMoreBefore || oldest === undefined) return;
    this.changeWindow(id, (current) => current && { ...current, older: 'loading' });
    try {
      const page = await this.api.messages(id, oldest);
      this.changeWindow(id, (current) => current && showOlder(current, page));
      this.onPage(id, page);
    } catch {
      this.changeWindow(id, (current) => current && { ...current, older: 'failed', replay: [] });
    }
  }

  /**
   * Jumps to the conversation's present, for when too much was missed to follow entry by entry.
   * Fails with an ApiError.
   */
  async reload(id: string): Promise<void> {
    this.changeWindow(id, (window) => window && { ...window, status: 'loading' });
    try {
      // In this order, so that the page contains every entry that the summary counts.
      const summary = await this.api.conversation(id);
      const page = this.conversations.get(id)?.window ? await this.api.messages(id, null) : null;
      this.conversations.change(id, (replica) => jumpTo(mergeSummary(replica, summary, this.conversations.self), summary.lastSeq));
      if (page !== null) this.showLatest(id, page);
    } catch (error) {
      const status = toApiError(error).transient ? 'ready' : 'failed';
      this.changeWindow(id, (window) => window && { ...window, status: window.messages.length > 0 ? status : 'failed', replay: [] });
      throw error;
    }
  }

  /** Tries again what could not be loaded and is still looked at. */
  retryFailed(): void {
    for (const id of this.viewers.keys()) {
      if (this.conversations.get(id)?.window?.status === 'failed') void this.loadLatest(id);
    }
  }

  private showLatest(id: string, page: MessagePage): void {
    this.changeWindow(id, (window) => window && showLatest(window, page));
    this.onPage(id, page);
  }

  private close(id: string): void {
    const left = (this.viewers.get(id) ?? 1) - 1;
    if (left > 0) {
      this.viewers.set(id, left);
      return;
    }
    this.viewers.delete(id);
    this.changeWindow(id, (window) => window && trimWindow(window, keepMessages));
    for (const oldest of this.loaded) {
      if (this.loaded.size <= keepWindows) break;
      if (!this.viewers.has(oldest)) this.unload(oldest);
    }
  }

  private unload(id: string): void {
    this.loaded.delete(id);
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
