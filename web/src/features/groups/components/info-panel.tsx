import { SidePanel } from '@/components/ui/side-panel';
import { useSyncState } from '@/hooks/sync-context';
import { useGoUp } from '@/hooks/use-go-up';
import { useOpenConversation } from '@/hooks/use-open-conversation';
import { peerOf } from '@/lib/conversation';
import { GroupInfo } from './group-info';
import { PersonProfile } from './person-profile';

/** About the open conversation: the group, or the other person. */
export function InfoPanel() {
  const id = useOpenConversation() ?? '';
  const goUp = useGoUp();
  const self = useSyncState((state) => state.self);
  const replica = useSyncState((state) => state.conversations.get(id));
  if (replica === undefined) return null;
  const { summary, revised } = replica;
  const peer = peerOf(summary, self);
  return (
    <SidePanel title={summary.type === 'group' ? 'Group' : 'Profile'} onClose={() => goUp(`/c/${id}`)}>
      {summary.type === 'group' ? <GroupInfo conversation={summary} revised={revised} /> : peer !== null && <PersonProfile userId={peer.userId} />}
    </SidePanel>
  );
}
