import { usePresence } from '@/hooks/use-presence';
import { Avatar } from './ui/avatar';

interface PersonAvatarProps {
  userId: string | null;
  name: string;
  url: string | null;
  size?: 'sm' | 'md' | 'lg';
  /** Where nothing else says whether they are online. */
  alone?: boolean;
}

/** An avatar with a dot while the user is online. */
export function PersonAvatar({ userId, name, url, size = 'md', alone = false }: PersonAvatarProps) {
  const presence = usePresence(userId);
  const { online = false, away = false } = presence ?? {};
  return (
    <>
      <Avatar name={name} url={url} size={size} online={online} away={away} />
      {alone && online && <span className="sr-only">{away ? 'Away' : 'Online'}</span>}
    </>
  );
}
