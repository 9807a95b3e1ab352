import { useEffect, type RefObject } from 'react';
import { useSyncClient } from '@/hooks/sync-context';
import { limits } from '@/lib/wire';
import { useDraft } from './drafts';
import { withIds, type Named } from './mentions';
import { hasKeyboard, lengthOf, useFocusOn } from './typing-field';
import type { Uploads } from './use-uploads';

const noNames: Named = {};

/** What is being written in a conversation, and how it goes out. */
export function useSending(conversationId: string, files: Uploads, input: RefObject<HTMLTextAreaElement | null>) {
  const client = useSyncClient();
  const [{ text, named = noNames, replyTo }, change] = useDraft(conversationId);
  const { uploads, clear } = files;
  const sent = withIds(text.trim(), named);
  const length = lengthOf(sent);
  const attachments = uploads.flatMap((upload) => upload.attachment ?? []);
  const ready = attachments.length === uploads.length && length <= limits.text && (text.trim() !== '' || attachments.length > 0);
  const stopTyping = () => client.stopTyping(conversationId);

  useEffect(() => {
    // Who has just unblocked somebody in the panel beside it stays there.
    const inPanel = Boolean(document.activeElement?.closest('aside'));
    if (hasKeyboard && !inPanel) input.current?.focus();
    return () => client.stopTyping(conversationId);
  }, [client, conversationId, input]);
  useFocusOn(input, replyTo);

  const onText = (next: string, nextNamed: Named = named) => {
    change({ text: next, named: nextNamed });
    if (next.trim() === '') stopTyping();
    else client.startTyping(conversationId);
  };
  const send = () => {
    if (!ready) return;
    void client.send({ conversationId, text: sent, attachments, replyTo });
    change({ text: '', named: noNames, replyTo: null });
    clear();
    input.current?.focus();
  };
  return { text, named, replyTo, length, ready, onText, onReply: (messageId: string | null) => change({ replyTo: messageId }), stopTyping, send };
}
