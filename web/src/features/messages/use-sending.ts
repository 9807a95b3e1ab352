import { useEffect, type RefObject } from 'react';
import { useSyncClient } from '@/hooks/sync-context';
import { limits } from '@/lib/wire';
import { useDraft } from './drafts';
import { hasKeyboard, lengthOf, useFocusOn } from './typing-field';
import type { Uploads } from './use-uploads';

/** What is being written in a conversation, and how it goes out. */
export function useSending(conversationId: string, files: Uploads, input: RefObject<HTMLTextAreaElement | null>) {
  const client = useSyncClient();
  const [{ text, replyTo }, change] = useDraft(conversationId);
  const { uploads, clear } = files;
  const length = lengthOf(text);
  const attachments = uploads.flatMap((upload) => upload.attachment ?? []);
  const ready = attachments.length === uploads.length && length <= limits.text && (text.trim() !== '' || attachments.length > 0);
  const stopTyping = () => client.stopTyping(conversationId);

  useEffect(() => {
    if (hasKeyboard) input.current?.focus();
    return () => client.stopTyping(conversationId);
  }, [client, conversationId, input]);
  useFocusOn(input, replyTo);

  const onText = (next: string) => {
    change({ text: next });
    if (next.trim() === '') stopTyping();
    else client.startTyping(conversationId);
  };
  const send = () => {
    if (!ready) return;
    void client.send({ conversationId, text: text.trim(), attachments, replyTo });
    change({ text: '', replyTo: null });
    clear();
    input.current?.focus();
  };
  return { text, replyTo, length, ready, onText, onReply: (messageId: string | null) => change({ replyTo: messageId }), stopTyping, send };
}
