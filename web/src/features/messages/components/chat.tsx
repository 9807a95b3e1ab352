import { Paperclip } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useSyncClient, useSyncState } from '@/hooks/sync-context';
import { useBlocked } from '@/hooks/use-block';
import { errorText } from '@/lib/api-error';
import { peerOf, titleOf } from '@/lib/conversation';
import { toast } from '@/lib/toasts';
import type { Conversation, Message } from '@/lib/wire';
import type { MessageWindow } from '@/sync/message-window';
import { ChatContext, type Chat as ChatValue } from '../chat-context';
import { useDraft } from '../drafts';
import { withNames } from '../mentions';
import { namesIn } from '../names';
import { rightsOn } from '../rights';
import { useFileDrop } from '../use-file-drop';
import { useTarget } from '../use-target';
import { useUploads } from '../use-uploads';
import { BlockedNote } from './blocked-note';
import { ChatBody } from './chat-body';
import { ChatHeader } from './chat-header';
import { ChatOverlay, type Overlay } from './chat-overlay';
import { Composer } from './composer';
import { EditComposer } from './edit-composer';
import { TypingLine } from './typing-line';

interface ChatProps {
  conversation: Conversation;
  window: MessageWindow | null;
}

const nothing: readonly Message[] = [];

/** An open conversation: its header, messages and composer, and what comes in front of them. */
export function Chat({ conversation, window }: ChatProps) {
  const { id } = conversation;
  const self = useSyncState((state) => state.self);
  const messages = window?.messages ?? nothing;
  const files = useUploads(id);
  const peer = peerOf(conversation, self);
  const refused = useSyncState(({ outbox }) => outbox.items.filter((item) => item.conversationId === id && item.forbidden).length);
  const writable = !useBlocked(peer?.userId ?? null, refused);
  const { dragging, handlers } = useFileDrop((dropped) => writable && files.add(dropped));
  const place = useTarget(id);
  const [overlay, setOverlay] = useState<Overlay | null>(null);
  const chat = useChatValue(conversation, writable, messages, window?.people, place.go, setOverlay);
  const [{ edit }, changeDraft] = useDraft(id);
  const editLast = () => {
    const last = messages.findLast((message) => rightsOn(message, conversation, self).edit);
    if (last !== undefined) chat.edit(last);
  };
  return (
    <ChatContext value={chat}>
      <section aria-label="Conversation" className="relative flex h-full flex-col bg-canvas" {...handlers}>
        <ChatHeader conversation={conversation} />
        <ChatBody conversation={conversation} window={window} place={place} />
        <TypingLine conversation={conversation} />
        {peer !== null && !writable ? (
          <BlockedNote peer={peer} />
        ) : !edit ? (
          <Composer conversationId={id} to={titleOf(conversation, self)} files={files} onEditLast={editLast} />
        ) : (
          <EditComposer key={edit.message.id} edit={edit} onChange={(next) => changeDraft({ edit: next })} />
        )}
        {dragging && writable && <DropHint />}
        <ChatOverlay overlay={overlay} onChange={setOverlay} />
      </section>
    </ChatContext>
  );
}

function useChatValue(
  conversation: Conversation,
  writable: boolean,
  messages: readonly Message[],
  people: MessageWindow['people'] | undefined,
  go: ReturnType<typeof useTarget>['go'],
  onOverlay: (overlay: Overlay) => void,
): ChatValue {
  const self = useSyncState((state) => state.self);
  const { actions } = useSyncClient();
  const [, changeDraft] = useDraft(conversation.id);
  const loaded = useMemo(() => new Map(messages.map((message) => [message.id, message])), [messages]);
  const names = useMemo(() => namesIn(conversation.members, people), [conversation.members, people]);
  return {
    conversation,
    self,
    writable,
    loaded,
    ...names,
    reply: (message) => changeDraft({ replyTo: message.id, edit: null }),
    edit: (message) => changeDraft({ edit: { message, ...withNames(message.text, names.nameOf) } }),
    react: (message, emoji, on) => {
      actions.react(conversation.id, message.id, emoji, on).catch((error: unknown) => toast('error', errorText(error)));
    },
    jumpTo: (messageId) => go({ messageId }),
    openMenu: (message, anchor) => onOverlay({ kind: 'menu', message, anchor }),
  };
}

function DropHint() {
  return (
    <div className="pointer-events-none absolute inset-3 z-20 flex items-center justify-center rounded-3xl border-2 border-dashed border-primary bg-base-100/90">
      <span className="flex items-center gap-3 text-lg font-medium text-primary">
        <Paperclip className="size-6" aria-hidden="true" />
        Drop files to send them
      </span>
    </div>
  );
}
