import { CheckCheck, Copy, Forward, Link2, Pencil, Pin, PinOff, Reply, SmilePlus, Trash2 } from 'lucide-react';
import { FloatingMenu } from '@/components/ui/floating-menu';
import { MenuItem } from '@/components/ui/menu';
import { useSyncClient } from '@/hooks/sync-context';
import { errorText } from '@/lib/api-error';
import { copyText } from '@/lib/copy-text';
import { toast } from '@/lib/toasts';
import type { Message } from '@/lib/wire';
import type { Anchor } from '@/components/ui/menu-focus';
import { useChat } from '../chat-context';
import { withNames } from '../mentions';
import { rightsOn } from '../rights';
import { QuickReactions } from './quick-reactions';

interface MessageMenuProps {
  message: Message;
  anchor: Anchor;
  onClose: () => void;
  onDelete: (message: Message) => void;
  /** The user wants to react with an emoji that is not in the menu. */
  onReact: (message: Message) => void;
  onForward: (message: Message) => void;
  onReaders: (message: Message) => void;
  onReactors: (message: Message) => void;
}

/** What can be done with a message: only what the user's role allows. */
export function MessageMenu({ message, anchor, onClose, onDelete, onReact, onForward, onReaders, onReactors }: MessageMenuProps) {
  const { actions } = useSyncClient();
  const { conversation, self, writable, reply, edit } = useChat();
  const rights = rightsOn(message, conversation, self);
  const pinned = message.pinnedAt !== null;
  const then = (act: () => void) => () => {
    onClose();
    act();
  };
  const pin = () => {
    actions.pin(conversation.id, message.id, !pinned).catch((error: unknown) => toast('error', errorText(error)));
  };
  return (
    <FloatingMenu label="Message options" anchor={anchor} onClose={onClose}>
      {rights.use && writable && <QuickReactions message={message} onChosen={onClose} onMore={() => onReact(message)} />}
      {rights.use && writable && (
        <MenuItem icon={Reply} onSelect={then(() => reply(message))}>
          Reply
        </MenuItem>
      )}
      {rights.edit && writable && (
        <MenuItem icon={Pencil} onSelect={then(() => edit(message))}>
          Edit
        </MenuItem>
      )}
      {rights.use && (
        <MenuItem icon={Forward} onSelect={then(() => onForward(message))}>
          Forward
        </MenuItem>
      )}
      {rights.pin && (
        <MenuItem icon={pinned ? PinOff : Pin} onSelect={then(pin)}>
          {pinned ? 'Unpin' : 'Pin'}
        </MenuItem>
      )}
      <CopyItems message={message} then={then} />
      {rights.readers && (
        <MenuItem icon={CheckCheck} onSelect={then(() => onReaders(message))}>
          Who has read it
        </MenuItem>
      )}
      {Object.keys(message.reactions).length > 0 && (
        <MenuItem icon={SmilePlus} onSelect={then(() => onReactors(message))}>
          Who has reacted
        </MenuItem>
      )}
      {rights.remove && (
        <MenuItem icon={Trash2} danger onSelect={then(() => onDelete(message))}>
          Delete
        </MenuItem>
      )}
    </FloatingMenu>
  );
}

function CopyItems({ message, then }: { message: Message; then: (act: () => void) => () => void }) {
  const { nameOf } = useChat();
  const link = `${window.location.origin}/c/${message.conversationId}?m=${message.id}`;
  return (
    <>
      {message.text !== '' && (
        <MenuItem icon={Copy} onSelect={then(() => void copyText(withNames(message.text, nameOf).text, 'Text copied.'))}>
          Copy text
        </MenuItem>
      )}
      <MenuItem icon={Link2} onSelect={then(() => void copyText(link, 'Link copied.'))}>
        Copy link
      </MenuItem>
    </>
  );
}
