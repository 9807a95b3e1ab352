import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ConnectionState } from './connection';
import type { OutboxState } from './outbox';
import type { Replica } from './replica';

export interface Presence {
  online: boolean;
  /** Online, but for some minutes not there. */
  away: boolean;
  lastSeenAt: string | null;
}

export interface ListState {
  /** `failed` only while nothing is there to show. */
  status: 'loading' | 'ready' | 'failed';
  nextCursor: string | null;
  loadingMore: boolean;
}

/** Everything that views can read of the sync core. Immutable: a change makes new objects. */
export interface SyncState {
  /** The signed-in user's id. */
  self: string;
  connection: ConnectionState;
  /** Whether, since the last hello, everything missed has been caught up with. */
  synced: boolean;
  list: ListState;
  conversations: ReadonlyMap<string, Replica>;
  /** Conversations that were asked for and do not exist for this user. */
  missing: ReadonlySet<string>;
  /** Conversations that could not be loaded; trying again may help. */
  unreachable: ReadonlySet<string>;
  outbox: OutboxState;
  /** Of watched users, as far as known. */
  presence: ReadonlyMap<string, Presence>;
  /** Who is typing, by conversation. */
  typing: ReadonlyMap<string, readonly string[]>;
}

export type SyncStore = StoreApi<SyncState>;

export function createSyncStore(self: string): SyncStore {
  return createStore<SyncState>(() => ({
    self,
    connection: { phase: 'idle', attempt: 0, retryAt: null },
    synced: false,
    list: { status: 'loading', nextCursor: null, loadingMore: false },
    conversations: new Map(),
    missing: new Set(),
    unreachable: new Set(),
    outbox: { items: [], pausedUntil: null, pausedBy: null },
    presence: new Map(),
    typing: new Map(),
  }));
}

/** A copy of `map` with one entry set, or removed if the value is undefined. */
export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V | undefined): ReadonlyMap<K, V> {
  const copy = new Map(map);
  if (value === undefined) copy.delete(key);
  else copy.set(key, value);
  return copy;
}

/** A copy of `set` with or without one member. */
export function withMember<T>(set: ReadonlySet<T>, member: T, present: boolean): ReadonlySet<T> {
  if (set.has(member) === present) return set;
  const copy = new Set(set);
  if (present) copy.add(member);
  else copy.delete(member);
  return copy;
}
