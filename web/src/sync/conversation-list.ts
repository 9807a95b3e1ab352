import type { SyncApi } from './api';
import type { Conversations } from './conversations';
import type { ListState, SyncStore } from './state';

/** The list of conversations, most recent first, page by page. */
export class ConversationList {
  constructor(
    private readonly store: SyncStore,
    private readonly api: SyncApi,
    private readonly conversations: Conversations,
  ) {}

  /** Loads the first page; a failure shows in the list's status, unless there is something to show. */
  async load(): Promise<void> {
    try {
      await this.reload();
    } catch {
      this.set({ status: this.store.getState().conversations.size > 0 ? 'ready' : 'failed' });
    }
  }

  /** Loads the first page (again). Fails with an ApiError. */
  async reload(): Promise<void> {
    if (this.store.getState().list.status === 'failed') this.set({ status: 'loading' });
    const page = await this.api.conversations(null);
    this.conversations.merge(page.conversations);
    this.set({ status: 'ready', nextCursor: page.nextCursor });
  }

  async loadMore(): Promise<void> {
    const { nextCursor, loadingMore } = this.store.getState().list;
    if (nextCursor === null || loadingMore) return;
    this.set({ loadingMore: true });
    try {
      const page = await this.api.conversations(nextCursor);
      this.conversations.merge(page.conversations);
      this.set({ nextCursor: page.nextCursor });
    } catch {
      // The next scroll to the end tries again.
    } finally {
      this.set({ loadingMore: false });
    }
  }

  /** A sync has brought every conversation that was not known. */
  complete(): void {
    this.set({ status: 'ready', nextCursor: null });
  }

  private set(change: Partial<ListState>): void {
    this.store.setState(({ list }) => ({ list: { ...list, ...change } }));
  }
}
