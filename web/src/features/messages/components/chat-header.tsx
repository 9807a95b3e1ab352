import { clsx } from 'clsx';
import { Pin, Search } from 'lucide-react';
import { Link } from 'react-router';
import { BackToChats } from '@/components/back-to-chats';
import { ConversationMenu } from '@/components/conversation-menu';
import { PersonAvatar } from '@/components/person-avatar';
import { useGoUp } from '@/hooks/use-go-up';
import { usePresenceText } from '@/hooks/use-presence-text';
import { useSyncState } from '@/hooks/sync-context';
import { avatarOf, peerOf, titleOf } from '@/lib/conversation';
import type { Conversation, Member } from '@/lib/wire';

export function ChatHeader({ conversation }: { conversation: Conversation }) {
  const self = useSyncState((state) => state.self);
  const goUp = useGoUp();
  const title = titleOf(conversation, self);
  const peer = peerOf(conversation, self);
  return (
    <header className="flex h-16 shrink-0 items-center gap-3 border-b border-base-300/70 bg-base-100 px-3 sm:px-5">
      <BackToChats />
      <PersonAvatar userId={peer?.userId ?? null} name={title} url={avatarOf(conversation, self)} />
      <div className="min-w-0 flex-1">
        <h1 className="truncate leading-tight font-semibold">
          <Link to={`/c/${conversation.id}/info`} title="About this chat" className="hover:underline">
            {title}
          </Link>
        </h1>
        <p className="truncate text-xs text-muted">
          {peer === null ? `${conversation.memberCount} ${conversation.memberCount === 1 ? 'member' : 'members'}` : <PresenceText peer={peer} />}
        </p>
      </div>
      <Link to={`/c/${conversation.id}/search`} aria-label="Search this chat" title="Search this chat" className="btn btn-circle btn-ghost btn-sm size-10">
        <Search className="size-5" aria-hidden="true" />
      </Link>
      <Link to={`/c/${conversation.id}/pins`} aria-label="Pinned messages" title="Pinned messages" className="btn btn-circle btn-ghost btn-sm size-10">
        <Pin className="size-4.5" aria-hidden="true" />
      </Link>
      <ConversationMenu conversation={conversation} title={title} onPutAway={() => goUp('/')} />
    </header>
  );
}

function PresenceText({ peer }: { peer: Member }) {
  const { online, text } = usePresenceText(peer.userId, peer.lastSeenAt);
  return <span className={clsx(online && 'text-success')}>{text}</span>;
}
