import { useSyncState } from '@/hooks/sync-context';
import { draftKey, emptyDraft, saveDraft, useDrafts, type SavedDraft } from '@/lib/drafts';

/** The unsent text of a conversation; it stays while the user looks elsewhere, and when the page is loaded again. */
export function useDraft(conversationId: string): [draft: SavedDraft, change: (change: Partial<SavedDraft>) => void] {
  const self = useSyncState((state) => state.self);
  const key = draftKey(self, conversationId);
  const draft = useDrafts(({ drafts }) => drafts[key] ?? emptyDraft);
  const change = (next: Partial<SavedDraft>) => saveDraft(key, { ...(useDrafts.getState().drafts[key] ?? emptyDraft), ...next });
  return [draft, change];
}
