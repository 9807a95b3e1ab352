import { useSyncState } from '@/hooks/sync-context';
import type { Conversation } from '@/lib/wire';

const nobody: readonly string[] = [];

/** "Ada is typing…", or null while nobody types. */
export function useTypingText(conversation: Conversation): string | null {
  const users = useSyncState((state) => state.typing.get(conversation.id) ?? nobody);
  const names = users.map((id) => conversation.members.find((member) => member.userId === id)?.fullName ?? 'Somebody');
  const [first, second] = names;
  if (first === undefined) return null;
  if (second === undefined) return `${first} is typing…`;
  return `${first} and ${names.length === 2 ? second : `${names.length - 1} others`} are typing…`;
}
