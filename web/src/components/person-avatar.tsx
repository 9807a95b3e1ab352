import { usePresence } from '@/hooks/use-presence';
import { Avatar } from './ui/avatar';

interface PersonAvatarProps {
  userId: string | null;
  name: string;
  url: string | null;
  size?: 'sm' | 'md' | 'lg';
}

/** An avatar with a dot while the user is online. */
export function PersonAvatar({ userId, name, url, size = 'md' }: PersonAvatarProps) {
  const presence = usePresence(userId);
  return <Avatar name={name} url={url} size={size} online={presence?.online ?? false} away={presence?.away ?? false} />;
}
