import { Check, Pencil } from 'lucide-react';
import { useEffect, useEffectEvent, useRef, useState, type KeyboardEvent } from 'react';
import { useSyncClient } from '@/hooks/sync-context';
import { errorText } from '@/lib/api-error';
import type { SavedEdit } from '@/lib/drafts';
import { toast } from '@/lib/toasts';
import { limits, type Message } from '@/lib/wire';
import { useChat } from '../chat-context';
import { withIds, type Named } from '../mentions';
import { summaryOf } from '../summary-of';
import { lengthOf, sends, useFocusOn } from '../typing-field';
import { useMentions } from '../use-mentions';
import { ComposerBanner } from './composer-banner';
import { ComposerFrame, Counter, MessageInput } from './composer-frame';
import { EmojiButton } from './emoji-button';
import { MentionList } from './mention-list';

const noNames: Named = {};

interface EditComposerProps {
  edit: SavedEdit;
  /** Null once it is over. */
  onChange: (edit: SavedEdit | null) => void;
}

/** In the composer's place while a message of one's own is changed. Escape leaves it as it was. */
export function EditComposer({ edit, onChange }: EditComposerProps) {
  const { actions } = useSyncClient();
  const { nameOf, loaded } = useChat();
  const { text, named = noNames } = edit;
  const message = loaded.get(edit.message.id) ?? edit.message;
  const [saving, setSaving] = useState(false);
  const input = useRef<HTMLTextAreaElement>(null);
  useFocusOn(input, message.id);
  const onText = (next: string, nextNamed: Named = named) => onChange({ message, text: next, named: nextNamed });
  const mentions = useMentions(input, text, named, onText);
  const edited = withIds(text.trim(), named);
  const length = lengthOf(edited);
  const ready = !saving && length <= limits.text && (text.trim() !== '' || message.attachments.length > 0);
  const onDone = () => onChange(null);
  useEndOf(message, onDone);
  const save = async () => {
    if (!ready) return;
    setSaving(true);
    try {
      if (edited !== message.text) await actions.edit(message.conversationId, message.id, edited);
      onDone();
    } catch (error) {
      toast('error', errorText(error));
      setSaving(false);
      input.current?.focus();
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (mentions.onKeyDown(event)) return;
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
      <MentionList mentions={mentions} />
      <ComposerBanner icon={Pencil} cancel="Cancel editing" onCancel={onDone}>
        <span className="block font-semibold text-primary">Edit message</span>
        <span className="block truncate text-muted">{summaryOf(message, nameOf)}</span>
      </ComposerBanner>
      <div className="flex items-end gap-1 p-1.5 pl-4">
        <MessageInput ref={input} label="Edit message" text={text} mentions={mentions} onText={onText} onKeyDown={onKeyDown} />
        <EmojiButton input={input} onText={onText} />
        <Counter length={length} />
        <button type="submit" aria-label="Save" title="Save" disabled={!ready} className="btn btn-circle btn-primary size-10">
          <Check className="size-4.5" aria-hidden="true" />
        </button>
      </div>
    </ComposerFrame>
  );
}

/** On another device, or by an admin, the message may be deleted meanwhile: then there is nothing to save any more. */
function useEndOf({ deletedAt }: Message, onEnd: () => void): void {
  const end = useEffectEvent(() => {
    onEnd();
    toast('info', 'The message that you were editing has been deleted.');
  });
  const deleted = deletedAt !== null;
  useEffect(() => {
    if (deleted) end();
  }, [deleted]);
}
