import { useEffect } from 'react';
import { create } from 'zustand';
import { blockUser } from '@/lib/block-user';
import { fetchPerson } from '@/lib/fetch-person';
import { useSyncState } from './sync-context';

/** Whom the signed-in user has blocked, by the ids of both, as far as known. The other way round is never told. */
const useBlocks = create<Readonly<Record<string, boolean>>>()(() => ({}));

const keyOf = (self: string, userId: string | null) => `${self} ${userId}`;

/** What has been heard of it. */
export function noteBlock(self: string, userId: string, blocked: boolean): void {
  useBlocks.setState({ [keyOf(self, userId)]: blocked });
}

/** Blocks somebody, or takes that back; every view of them then knows. */
export function useBlock(): (userId: string, blocked: boolean) => Promise<void> {
  const self = useSyncState((state) => state.self);
  return async (userId, blocked) => {
    await blockUser(userId, blocked);
    noteBlock(self, userId, blocked);
  };
}

/** Whether the signed-in user has blocked somebody; null is nobody. It is asked for once, and again when `doubt` has grown. */
export function useBlocked(userId: string | null, doubt = 0): boolean {
  const self = useSyncState((state) => state.self);
  const key = keyOf(self, userId);
  useEffect(() => {
    if (userId === null || (doubt === 0 && useBlocks.getState()[key] !== undefined)) return undefined;
    const controller = new AbortController();
    fetchPerson(userId, controller.signal)
      .then(({ blocked }) => noteBlock(self, userId, blocked))
      // Then the server says so when something is sent.
      .catch(() => undefined);
    return () => controller.abort();
  }, [self, userId, key, doubt]);
  return useBlocks((blocks) => blocks[key] === true);
}
