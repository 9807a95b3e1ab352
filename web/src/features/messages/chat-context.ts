import { createContext, use } from 'react';
import type { Anchor } from '@/components/ui/menu-focus';
import type { Conversation, Message } from '@/lib/wire';
import type { Names } from './names';

/** The open conversation, as its rows and panels need it. */
export interface Chat extends Names {
  conversation: Conversation;
  self: string;
  /** Whether anything can be added: not to a chat with somebody whom the user has blocked. */
  writable: boolean;
  /** The loaded messages by id. */
  loaded: ReadonlyMap<string, Message>;
  reply: (message: Message) => void;
  edit: (message: Message) => void;
  react: (message: Message, emoji: string, on: boolean) => void;
  /** Shows a message in its place, loading what is around it if need be. */
  jumpTo: (messageId: string) => void;
  openMenu: (message: Message, anchor: Anchor) => void;
}

export const ChatContext = createContext<Chat | null>(null);

export function useChat(): Chat {
  const chat = use(ChatContext);
  if (chat === null) throw new Error('No chat is open.');
  return chat;
}
