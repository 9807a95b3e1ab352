import type { SyncApi } from './api';

/**
 * What the user does to messages that are there. It takes effect when its entry comes back, like what others do; without
 * a socket the entry is fetched. All fail with an ApiError.
 */
export class MessageActions {
  constructor(
    private readonly api: SyncApi,
    private readonly settle: (conversationId: string) => Promise<void>,
  ) {}

  async edit(conversationId: string, messageId: string, text: string): Promise<void> {
    await this.api.edit(conversationId, messageId, text);
    await this.settle(conversationId);
  }

  /** Deletes for everybody. */
  async remove(conversationId: string, messageId: string): Promise<void> {
    await this.api.remove(conversationId, messageId);
    await this.settle(conversationId);
  }

  async react(conversationId: string, messageId: string, emoji: string, on: boolean): Promise<void> {
    await this.api.react(conversationId, messageId, emoji, on);
    await this.settle(conversationId);
  }

  async pin(conversationId: string, messageId: string, on: boolean): Promise<void> {
    await this.api.pin(conversationId, messageId, on);
    await this.settle(conversationId);
  }
}
