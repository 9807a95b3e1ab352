import { Archive, ArchiveRestore, Bell, BellOff, EllipsisVertical, Mail, MailOpen, Pin, PinOff } from 'lucide-react';
import { Menu, MenuItem } from '@/components/ui/menu';
import { useNow } from '@/hooks/use-now';
import { useSyncClient } from '@/hooks/sync-context';
import { errorText } from '@/lib/api-error';
import { isMuted } from '@/lib/conversation';
import { toast } from '@/lib/toasts';
import type { Conversation, ConversationSettings } from '@/lib/wire';

interface ConversationMenuProps {
  conversation: Conversation;
  title: string;
  className?: string;
  /** Called after it has been archived or marked as unread: then nobody wants to go on looking at it. */
  onPutAway?: () => void;
}

const hour = 3_600_000;
const forEver = '9999-12-31T23:59:59.999Z';

/** What a member can set for themselves: mute, archive, pin, mark as unread. */
export function ConversationMenu({ conversation, title, className = '', onPutAway }: ConversationMenuProps) {
  const client = useSyncClient();
  const now = useNow(60_000);
  const { id, archived, pinned, lastSeq } = conversation;
  const set = (change: Partial<ConversationSettings>) => {
    client.configure(id, change).catch((error: unknown) => toast('error', errorText(error)));
  };
  const unread = conversation.unread > 0 || conversation.markedUnread;
  const markRead = () => {
    if (conversation.unread > 0) client.read(id, lastSeq);
    else set({ markedUnread: false });
  };
  return (
    <Menu label={`Options of ${title}`} icon={EllipsisVertical} className={className}>
      {unread ? (
        <MenuItem icon={MailOpen} onSelect={markRead}>
          Mark as read
        </MenuItem>
      ) : (
        <MenuItem
          icon={Mail}
          onSelect={() => {
            set({ markedUnread: true });
            onPutAway?.();
          }}
        >
          Mark as unread
        </MenuItem>
      )}
      <MenuItem icon={pinned ? PinOff : Pin} onSelect={() => set({ pinned: !pinned })}>
        {pinned ? 'Unpin' : 'Pin to the top'}
      </MenuItem>
      <MuteItems muted={isMuted(conversation, now)} onMute={(mutedUntil) => set({ mutedUntil })} />
      <MenuItem
        icon={archived ? ArchiveRestore : Archive}
        onSelect={() => {
          set({ archived: !archived });
          if (!archived) onPutAway?.();
        }}
      >
        {archived ? 'Take out of the archive' : 'Archive'}
      </MenuItem>
    </Menu>
  );
}

interface MuteItemsProps {
  muted: boolean;
  onMute: (until: string | null) => void;
}

function MuteItems({ muted, onMute }: MuteItemsProps) {
  if (muted) {
    return (
      <MenuItem icon={Bell} onSelect={() => onMute(null)}>
        Unmute
      </MenuItem>
    );
  }
  const inHours = (hours: number) => onMute(new Date(Date.now() + hours * hour).toISOString());
  return (
    <>
      <MenuItem icon={BellOff} onSelect={() => inHours(1)}>
        Mute for 1 hour
      </MenuItem>
      <MenuItem icon={BellOff} onSelect={() => inHours(8)}>
        Mute for 8 hours
      </MenuItem>
      <MenuItem icon={BellOff} onSelect={() => onMute(forEver)}>
        Mute for ever
      </MenuItem>
    </>
  );
}
