import { Check, Pencil } from 'lucide-react';
import { useRef, useState, type KeyboardEvent } from 'react';
import { useSyncClient } from '@/hooks/sync-context';
import { errorText } from '@/lib/api-error';
import { toast } from '@/lib/toasts';
import { limits, type Message } from '@/lib/wire';
import { useChat } from '../chat-context';
import { summaryOf } from '../summary-of';
import { lengthOf, sends, useFocusOn } from '../typing-field';
import { ComposerBanner } from './composer-banner';
import { EmojiButton } from './emoji-button';
import { ComposerFrame, Counter, MessageInput } from './composer-frame';

interface EditComposerProps {
  message: Message;
  onDone: () => void;
}

/** In the composer's place while a message of one's own is changed. Escape leaves it as it was. */
export function EditComposer({ message, onDone }: EditComposerProps) {
  const { actions } = useSyncClient();
  const { nameOf } = useChat();
  const [text, setText] = useState(message.text);
  const [saving, setSaving] = useState(false);
  const input = useRef<HTMLTextAreaElement>(null);
  useFocusOn(input, message.id);
  const length = lengthOf(text);
  const ready = !saving && length <= limits.text && (text.trim() !== '' || message.attachments.length > 0);
  const save = async () => {
    if (!ready) return;
    setSaving(true);
    try {
      if (text.trim() !== message.text) await actions.edit(message.conversationId, message.id, text.trim());
      onDone();
    } catch (error) {
      toast('error', errorText(error));
      setSaving(false);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.preventDefault();
      onDone();
    } else if (sends(event)) {
      event.preventDefault();
      void save();
    }
  };
  return (
    <ComposerFrame label="Edit message" onSubmit={() => void save()}>
      <ComposerBanner icon={Pencil} cancel="Cancel editing" onCancel={onDone}>
        <span className="block font-semibold text-primary">Edit message</span>
        <span className="block truncate text-muted">{summaryOf(message, nameOf)}</span>
      </ComposerBanner>
      <div className="flex items-end gap-1 p-1.5 pl-4">
        <MessageInput ref={input} label="Edit message" text={text} onText={setText} onKeyDown={onKeyDown} />
        <EmojiButton input={input} onText={setText} />
        <Counter length={length} />
        <button type="submit" aria-label="Save" title="Save" disabled={!ready} className="btn btn-circle btn-primary size-10">
          <Check className="size-4.5" aria-hidden="true" />
        </button>
      </div>
    </ComposerFrame>
  );
}
