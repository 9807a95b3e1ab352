import { useCallback } from 'react';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import type { Anchor } from '@/components/ui/menu-focus';
import { useSyncClient } from '@/hooks/sync-context';
import { errorText } from '@/lib/api-error';
import { toast } from '@/lib/toasts';
import type { Message } from '@/lib/wire';
import { useChat } from '../chat-context';
import { EmojiPanel } from './emoji-panel';
import { ForwardDialog } from './forward-dialog';
import { MessageMenu } from './message-menu';
import { ReactorsDialog } from './reactors-dialog';
import { ReadersDialog } from './readers-dialog';

/** What is in front of the chat, for which message. */
export type Overlay =
  | { kind: 'menu'; message: Message; anchor: Anchor }
  | { kind: 'react'; message: Message; anchor: Anchor }
  | { kind: 'forward' | 'readers' | 'reactors' | 'delete'; message: Message };

interface ChatOverlayProps {
  overlay: Overlay | null;
  onChange: (overlay: Overlay | null) => void;
}

export function ChatOverlay({ overlay, onChange }: ChatOverlayProps) {
  const close = useCallback(() => onChange(null), [onChange]);
  switch (overlay?.kind) {
    case 'menu':
      return (
        <MessageMenu
          message={overlay.message}
          anchor={overlay.anchor}
          onClose={close}
          onReact={(message) => onChange({ ...overlay, kind: 'react', message })}
          onForward={(message) => onChange({ kind: 'forward', message })}
          onReaders={(message) => onChange({ kind: 'readers', message })}
          onReactors={(message) => onChange({ kind: 'reactors', message })}
          onDelete={(message) => onChange({ kind: 'delete', message })}
        />
      );
    case 'react':
      return <ReactPanel message={overlay.message} anchor={overlay.anchor} onClose={close} />;
    case 'forward':
      return <ForwardDialog message={overlay.message} onClose={close} />;
    case 'readers':
      return <ReadersDialog message={overlay.message} onClose={close} />;
    case 'reactors':
      return <ReactorsDialog message={overlay.message} onClose={close} />;
    case 'delete':
      return <DeleteDialog message={overlay.message} onClose={close} />;
    default:
      return null;
  }
}

function ReactPanel({ message, anchor, onClose }: { message: Message; anchor: Anchor; onClose: () => void }) {
  const { react } = useChat();
  const pick = (emoji: string) => {
    onClose();
    react(message, emoji, true);
  };
  return <EmojiPanel anchor={anchor} onPick={pick} onClose={onClose} />;
}

function DeleteDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { actions } = useSyncClient();
  const remove = () => {
    onClose();
    actions.remove(message.conversationId, message.id).catch((error: unknown) => toast('error', errorText(error)));
  };
  return (
    <ConfirmDialog
      title="Delete this message?"
      text="It goes for everybody in the chat, and can't be brought back."
      action="Delete"
      onConfirm={remove}
      onCancel={onClose}
    />
  );
}
