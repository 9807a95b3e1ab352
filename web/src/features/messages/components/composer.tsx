import { Reply, SendHorizontal } from 'lucide-react';
import { useRef, type ClipboardEvent, type KeyboardEvent } from 'react';
import { sends } from '../typing-field';
import { useQuoted } from '../use-quoted';
import { pastedFiles } from '../pasted-files';
import { useMentions } from '../use-mentions';
import { useSending } from '../use-sending';
import type { Uploads } from '../use-uploads';
import { AttachButton } from './attach-button';
import { ComposerBanner } from './composer-banner';
import { ComposerFrame, Counter, MessageInput } from './composer-frame';
import { EmojiButton } from './emoji-button';
import { MentionList } from './mention-list';
import { QuoteText } from './quote';
import { UploadTray } from './upload-tray';

interface ComposerProps {
  conversationId: string;
  /** Whom the message is for, as in "Message Ada". */
  to: string;
  files: Uploads;
  /** The user wants to change what they wrote last. */
  onEditLast: () => void;
}

export function Composer({ conversationId, to, files, onEditLast }: ComposerProps) {
  const input = useRef<HTMLTextAreaElement>(null);
  const { text, named, replyTo, length, ready, onText, onReply, stopTyping, send } = useSending(conversationId, files, input);
  const { uploads, add, full } = files;
  const mentions = useMentions(input, text, named, onText);
  const cancelReply = () => {
    onReply(null);
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (mentions.onKeyDown(event)) return;
    const editsLast = event.key === 'ArrowUp' && text === '' && uploads.length === 0;
    const act = sends(event) ? send : editsLast ? onEditLast : event.key === 'Escape' && replyTo !== null ? cancelReply : null;
    if (act === null) return;
    event.preventDefault();
    act();
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = pastedFiles(event.clipboardData);
    if (pasted.length === 0) return;
    event.preventDefault();
    add(pasted);
  };
  return (
    <ComposerFrame label="New message" onSubmit={send}>
      <MentionList mentions={mentions} />
      {replyTo !== null && <ReplyBanner messageId={replyTo} onCancel={cancelReply} />}
      <UploadTray files={files} />
      <div className="flex items-end gap-1 p-1.5">
        <AttachButton onPick={add} disabled={full} />
        <MessageInput
          ref={input}
          label={`Message ${to}`}
          placeholder="Message"
          text={text}
          onText={onText}
          mentions={mentions}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onBlur={stopTyping}
        />
        <EmojiButton input={input} onText={onText} />
        <Counter length={length} />
        <button type="submit" aria-label="Send" title="Send" disabled={!ready} className="btn btn-circle btn-primary size-10">
          <SendHorizontal className="size-4.5" aria-hidden="true" />
        </button>
      </div>
    </ComposerFrame>
  );
}

function ReplyBanner({ messageId, onCancel }: { messageId: string; onCancel: () => void }) {
  const quoted = useQuoted(messageId);
  return (
    <ComposerBanner icon={Reply} cancel="Cancel the reply" onCancel={onCancel}>
      <QuoteText quoted={quoted} />
    </ComposerBanner>
  );
}
