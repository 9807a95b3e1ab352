import { create } from 'zustand';
import { persist } from 'zustand/middleware';

/** What was typed and not sent. */
export interface SavedDraft {
  text: string;
  /** Whom the text names: by the name behind its @, the id, or `all`. */
  named?: Readonly<Record<string, string>>;
  /** The id of the message that it answers. */
  replyTo: string | null;
}

interface Drafts {
  /** By user and conversation; empty ones are not kept. */
  drafts: Readonly<Record<string, SavedDraft>>;
}

export const emptyDraft: SavedDraft = { text: '', replyTo: null };

/** Drafts outlive the page, in this browser. */
export const useDrafts = create<Drafts>()(persist(() => ({ drafts: {} }), { name: 'parley.drafts' }));

export function draftKey(self: string, conversationId: string): string {
  return `${self} ${conversationId}`;
}

export function saveDraft(key: string, draft: SavedDraft): void {
  useDrafts.setState(({ drafts }) => {
    const { [key]: _, ...others } = drafts;
    return { drafts: draft.text === '' && draft.replyTo === null ? others : { ...others, [key]: draft } };
  });
}

// What another tab has saved must not be lost by the next save of this one.
globalThis.addEventListener?.('storage', ({ key }) => {
  if (key === useDrafts.persist.getOptions().name) void useDrafts.persist.rehydrate();
});
