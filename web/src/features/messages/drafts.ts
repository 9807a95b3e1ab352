import { create } from 'zustand';

interface Drafts {
  /** What was typed and not sent, by conversation. */
  texts: Readonly<Record<string, string>>;
}

const useDrafts = create<Drafts>()(() => ({ texts: {} }));

/** The unsent text of a conversation; it stays while the user looks elsewhere. */
export function useDraft(conversationId: string): [text: string, setText: (text: string) => void] {
  const text = useDrafts((drafts) => drafts.texts[conversationId] ?? '');
  const setText = (next: string) => useDrafts.setState(({ texts }) => ({ texts: { ...texts, [conversationId]: next } }));
  return [text, setText];
}
