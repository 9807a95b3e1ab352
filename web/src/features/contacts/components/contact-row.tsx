import { PersonAvatar } from '@/components/person-avatar';
import { Spinner } from '@/components/ui/spinner';
import { usePresenceText } from '@/hooks/use-presence-text';
import type { User } from '@/lib/wire';

interface ContactRowProps {
  user: User;
  opening: boolean;
  onOpen: () => void;
}

export function ContactRow({ user, opening, onOpen }: ContactRowProps) {
  const { online, text } = usePresenceText(user.id, user.lastSeenAt);
  return (
    <div className="px-2">
      <button
        type="button"
        aria-busy={opening}
        className="flex w-full cursor-pointer items-center gap-3 rounded-box px-3 py-2.5 text-left transition-colors hover:bg-base-200"
        onClick={onOpen}
      >
        <PersonAvatar userId={user.id} name={user.fullName} url={user.avatarUrl} />
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium">{user.fullName}</span>
          <span className="mt-0.5 block truncate text-sm text-muted">{user.bio || (online || user.lastSeenAt !== null ? text : 'New here')}</span>
        </span>
        {opening && <Spinner label="Opening chat" small />}
      </button>
    </div>
  );
}
