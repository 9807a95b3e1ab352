import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { Message } from './wire';

interface Writing {
  text: string;
  /** Whom the text names: by the name behind its @, the id, or `all`. */
  named?: Readonly<Record<string, string>>;
}

/** A sent message that is being changed, as it was, and its new text so far. */
export interface SavedEdit extends Writing {
  message: Message;
}

/** What was typed and not sent. */
export interface SavedDraft extends Writing {
  /** The id of the message that it answers. */
  replyTo: string | null;
  edit?: SavedEdit | null;
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
    const empty = draft.text === '' && draft.replyTo === null && !draft.edit;
    return { drafts: empty ? others : { ...others, [key]: draft } };
  });
}

// What another tab has saved must not be lost by the next save of this one.
globalThis.addEventListener?.('storage', ({ key }) => {
  if (key === useDrafts.persist.getOptions().name) void useDrafts.persist.rehydrate();
});
