import { ImagePlus, Reply, SendHorizontal } from 'lucide-react';
import { useRef, type ClipboardEvent, type KeyboardEvent } from 'react';
import { IconButton } from '@/components/ui/icon-button';
import { acceptedImages } from '@/lib/upload-image';
import { limits } from '@/lib/wire';
import { sends } from '../typing-field';
import { useQuoted } from '../use-quoted';
import { useSending } from '../use-sending';
import type { useUploads } from '../use-uploads';
import { ComposerBanner } from './composer-banner';
import { ComposerFrame, Counter, MessageInput } from './composer-frame';
import { QuoteText } from './quote';
import { UploadTray } from './upload-tray';

interface ComposerProps {
  conversationId: string;
  /** Whom the message is for, as in "Message Ada". */
  to: string;
  pictures: ReturnType<typeof useUploads>;
  /** The user wants to change what they wrote last. */
  onEditLast: () => void;
}

export function Composer({ conversationId, to, pictures, onEditLast }: ComposerProps) {
  const input = useRef<HTMLTextAreaElement>(null);
  const { text, replyTo, length, ready, onText, onReply, stopTyping, send } = useSending(conversationId, pictures, input);
  const { uploads, add } = pictures;
  const onKeyDown = (event: KeyboardEvent) => {
    const editsLast = event.key === 'ArrowUp' && text === '' && uploads.length === 0;
    const act = sends(event) ? send : editsLast ? onEditLast : event.key === 'Escape' && replyTo !== null ? () => onReply(null) : null;
    if (act === null) return;
    event.preventDefault();
    act();
  };
  const onPaste = (event: ClipboardEvent) => {
    const images = [...event.clipboardData.files].filter((file) => file.type.startsWith('image/'));
    if (images.length === 0) return;
    event.preventDefault();
    add(images);
  };
  return (
    <ComposerFrame label="New message" onSubmit={send}>
      {replyTo !== null && <ReplyBanner messageId={replyTo} onCancel={() => onReply(null)} />}
      <UploadTray pictures={pictures} />
      <div className="flex items-end gap-1 p-1.5">
        <AttachButton onPick={add} disabled={uploads.length >= limits.attachments} />
        <MessageInput
          ref={input}
          label="Message"
          placeholder={`Message ${to}`}
          text={text}
          onText={onText}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onBlur={stopTyping}
        />
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

function AttachButton({ onPick, disabled }: { onPick: (files: readonly File[]) => void; disabled: boolean }) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={picker}
        type="file"
        aria-label="Images"
        accept={acceptedImages.join(',')}
        multiple
        hidden
        onChange={(event) => {
          onPick([...(event.target.files ?? [])]);
          // So that the same file can be picked again.
          event.target.value = '';
        }}
      />
      <IconButton label="Attach images" disabled={disabled} onClick={() => picker.current?.click()}>
        <ImagePlus className="size-5" aria-hidden="true" />
      </IconButton>
    </>
  );
}
