import { Avatar } from '@/components/ui/avatar';
import { Dialog } from '@/components/ui/dialog';
import type { Message } from '@/lib/wire';
import { useChat } from '../chat-context';
import { reactionsOf } from '../reactions-of';

/** Who has reacted to a message, and with what; live while the message is loaded. */
export function ReactorsDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { conversation, self, nameOf, loaded } = useChat();
  const reactions = reactionsOf(loaded.get(message.id) ?? message, self, nameOf);
  const pictures = new Map(conversation.members.map(({ userId, avatarUrl }) => [userId, avatarUrl]));
  return (
    <Dialog title="Who has reacted" onClose={onClose}>
      {reactions.length === 0 && <p className="py-2 text-sm text-muted">Nobody has.</p>}
      {reactions.map(({ emoji, userIds }) => (
        <section key={emoji} className="pb-3">
          <h3 className="py-1.5 text-sm font-medium text-muted">
            <span className="text-lg">{emoji}</span> {userIds.length}
          </h3>
          <ul aria-label={`Reacted with ${emoji}`}>
            {userIds.map((userId) => (
              <li key={userId} className="flex items-center gap-3 py-1">
                <Avatar name={nameOf(userId)} url={pictures.get(userId) ?? null} size="sm" />
                <span className="truncate">{userId === self ? 'You' : nameOf(userId)}</span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Dialog>
  );
}
