import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Attachment, MessageRef } from '@/lib/wire';

/** That a message is a copy of another one, which the server makes: what is here of its content is only shown until then. */
export interface Forwarding {
  of: MessageRef;
  /** The id of who wrote it first. */
  from: string;
}

/** An unsent message as it survives a reload. */
export interface StoredMessage {
  /** The idempotency key: the same for ever. */
  clientId: string;
  conversationId: string;
  /** Sends within a conversation go by this, ascending. */
  order: number;
  text: string;
  attachments: Attachment[];
  replyTo: string | null;
  forward: Forwarding | null;
  createdAt: string;
  /** Why the server refused it for good; null while it is to be sent. */
  failure: string | null;
  /** The server would refuse it again, whenever it is tried. */
  forbidden: boolean;
}

export interface OutboxStorage {
  /** All messages, by order. */
  load(): Promise<StoredMessage[]>;
  put(message: StoredMessage): Promise<void>;
  remove(clientId: string): Promise<void>;
}

interface OutboxSchema extends DBSchema {
  messages: { key: string; value: StoredMessage; indexes: { order: number } };
}

/**
 * Storage in IndexedDB, one database per user. Where the browser refuses IndexedDB (some private
 * modes), messages are kept for the life of the tab.
 */
export async function openOutboxStorage(userId: string): Promise<OutboxStorage> {
  try {
    return idbStorage(await openOutboxDatabase(userId));
  } catch {
    return createMemoryOutboxStorage();
  }
}

function openOutboxDatabase(userId: string): Promise<IDBPDatabase<OutboxSchema>> {
  return openDB<OutboxSchema>(`parley-outbox-${userId}`, 1, {
    upgrade(database) {
      database.createObjectStore('messages', { keyPath: 'clientId' }).createIndex('order', 'order');
    },
  });
}

function idbStorage(database: IDBPDatabase<OutboxSchema>): OutboxStorage {
  return {
    load: () => database.getAllFromIndex('messages', 'order'),
    async put(message) {
      await database.put('messages', message);
    },
    remove: (clientId) => database.delete('messages', clientId),
  };
}

export function createMemoryOutboxStorage(): OutboxStorage {
  const messages = new Map<string, StoredMessage>();
  return {
    load: async () => [...messages.values()].toSorted((a, b) => a.order - b.order),
    async put(message) {
      messages.set(message.clientId, message);
    },
    async remove(clientId) {
      messages.delete(clientId);
    },
  };
}
