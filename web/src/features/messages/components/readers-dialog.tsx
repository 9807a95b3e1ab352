import { Avatar } from '@/components/ui/avatar';
import { Dialog } from '@/components/ui/dialog';
import type { Member, Message } from '@/lib/wire';
import { useChat } from '../chat-context';

/** Who of a group has read a message, whom it has reached, and who has it to come; live. */
export function ReadersDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { conversation } = useChat();
  const others = conversation.members.filter(({ userId }) => userId !== message.senderId);
  const read = others.filter(({ readSeq }) => readSeq >= message.seq);
  const delivered = others.filter(({ readSeq, deliveredSeq }) => readSeq < message.seq && deliveredSeq >= message.seq);
  const waiting = others.filter(({ readSeq, deliveredSeq }) => readSeq < message.seq && deliveredSeq < message.seq);
  return (
    <Dialog title="Who has read it" onClose={onClose}>
      <Section title="Read by" members={read} />
      <Section title="Delivered to" members={delivered} />
      <Section title="Not yet delivered to" members={waiting} />
    </Dialog>
  );
}

function Section({ title, members }: { title: string; members: readonly Member[] }) {
  if (members.length === 0) return null;
  return (
    <section className="pb-3">
      <h3 className="py-1.5 text-sm font-medium text-muted">
        {title} {members.length}
      </h3>
      <ul aria-label={title}>
        {members.map(({ userId, fullName, avatarUrl }) => (
          <li key={userId} className="flex items-center gap-3 py-1">
            <Avatar name={fullName} url={avatarUrl} size="sm" />
            <span className="truncate">{fullName}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
