import { useMatch } from 'react-router';

/** The id of the conversation that the address names; null for none. */
export function useOpenConversation(): string | null {
  return useMatch('/c/:conversationId/*')?.params.conversationId ?? null;
}
