import { ImagePlus, SendHorizontal } from 'lucide-react';
import { useEffect, useRef, type ClipboardEvent, type KeyboardEvent, type ReactNode, type RefObject } from 'react';
import { IconButton } from '@/components/ui/icon-button';
import { useSyncClient } from '@/hooks/sync-context';
import { acceptedImages } from '@/lib/upload-image';
import { limits } from '@/lib/wire';
import { useDraft } from '../drafts';
import type { useUploads } from '../use-uploads';
import { UploadTray } from './upload-tray';

interface ComposerProps {
  conversationId: string;
  /** Whom the message is for, as in "Message Ada". */
  to: string;
  pictures: ReturnType<typeof useUploads>;
}

const countFrom = limits.text - 300;

/** With a real keyboard Enter sends; on touch it makes a new line, and the button sends. */
const hasKeyboard = window.matchMedia('(pointer: fine)').matches;

export function Composer({ conversationId, to, pictures }: ComposerProps) {
  const client = useSyncClient();
  const [text, setText] = useDraft(conversationId);
  const input = useRef<HTMLTextAreaElement>(null);
  const { uploads, add, clear } = pictures;
  const length = Array.from(text).length;
  const attachments = uploads.flatMap((upload) => upload.attachment ?? []);
  const ready = attachments.length === uploads.length && length <= limits.text && (text.trim() !== '' || attachments.length > 0);

  useEffect(() => {
    if (hasKeyboard) input.current?.focus();
    return () => client.stopTyping(conversationId);
  }, [client, conversationId]);

  const onChange = (next: string) => {
    setText(next);
    if (next.trim() === '') client.stopTyping(conversationId);
    else client.startTyping(conversationId);
  };
  const send = () => {
    if (!ready) return;
    void client.send({ conversationId, text: text.trim(), attachments });
    setText('');
    clear();
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing || !hasKeyboard) return;
    event.preventDefault();
    send();
  };
  const onPaste = (event: ClipboardEvent) => {
    const images = [...event.clipboardData.files].filter((file) => file.type.startsWith('image/'));
    if (images.length === 0) return;
    event.preventDefault();
    add(images);
  };

  return (
    <ComposerFrame onSubmit={send}>
      <UploadTray pictures={pictures} />
      <div className="flex items-end gap-1 p-1.5">
        <AttachButton onPick={add} disabled={uploads.length >= limits.attachments} />
        <MessageInput
          ref={input}
          placeholder={`Message ${to}`}
          text={text}
          onChange={onChange}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onBlur={() => client.stopTyping(conversationId)}
        />
        {length > countFrom && <Counter left={limits.text - length} />}
        <button type="submit" aria-label="Send" title="Send" disabled={!ready} className="btn btn-circle btn-primary size-10">
          <SendHorizontal className="size-4.5" aria-hidden="true" />
        </button>
      </div>
    </ComposerFrame>
  );
}

interface ComposerFrameProps {
  onSubmit: () => void;
  children: ReactNode;
}

function ComposerFrame({ onSubmit, children }: ComposerFrameProps) {
  return (
    <form
      aria-label="New message"
      className="mx-auto w-full max-w-5xl shrink-0 px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-5"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <div className="rounded-3xl border border-base-300/80 bg-base-100 shadow-xs transition-colors focus-within:border-primary/60">
        {children}
      </div>
    </form>
  );
}

interface MessageInputProps {
  ref: RefObject<HTMLTextAreaElement | null>;
  placeholder: string;
  text: string;
  onChange: (text: string) => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onPaste: (event: ClipboardEvent) => void;
  onBlur: () => void;
}

function MessageInput({ ref, placeholder, text, onChange, ...handlers }: MessageInputProps) {
  return (
    <textarea
      ref={ref}
      aria-label="Message"
      placeholder={placeholder}
      rows={1}
      value={text}
      dir="auto"
      className="max-h-40 min-h-10 flex-1 resize-none bg-transparent px-1.5 py-2 text-[0.9375rem] leading-6 outline-none [field-sizing:content] placeholder:text-muted"
      onChange={(event) => onChange(event.target.value)}
      {...handlers}
    />
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

function Counter({ left }: { left: number }) {
  return (
    <span role="status" className={`self-center px-1 text-xs tabular-nums ${left < 0 ? 'font-semibold text-error' : 'text-muted'}`}>
      {left < 0 ? `${-left} too many` : left}
    </span>
  );
}
