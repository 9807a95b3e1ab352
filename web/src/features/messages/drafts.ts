import { create } from 'zustand';
import { useSyncState } from '@/hooks/sync-context';

interface Drafts {
  /** What was typed and not sent, by user and conversation. */
  texts: Readonly<Record<string, string>>;
}

const useDrafts = create<Drafts>()(() => ({ texts: {} }));

/** The unsent text of a conversation; it stays while the user looks elsewhere. */
export function useDraft(conversationId: string): [text: string, setText: (text: string) => void] {
  const self = useSyncState((state) => state.self);
  const key = `${self} ${conversationId}`;
  const text = useDrafts((drafts) => drafts.texts[key] ?? '');
  const setText = (next: string) => useDrafts.setState(({ texts }) => ({ texts: { ...texts, [key]: next } }));
  return [text, setText];
}
