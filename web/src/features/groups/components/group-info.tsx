import type { Conversation } from '@/lib/wire';
import { manages } from '../rights';
import { GroupHead } from './group-head';
import { InviteSection } from './invite-section';
import { LeaveSection } from './leave-section';
import { MemberSection } from './member-section';

interface GroupInfoProps {
  conversation: Conversation;
  /** Moves when members or details have changed. */
  revised: number;
}

export function GroupInfo({ conversation, revised }: GroupInfoProps) {
  return (
    <div className="divide-y divide-base-300/70">
      <GroupHead conversation={conversation} />
      <MemberSection conversation={conversation} revised={revised} />
      {manages(conversation.role) && <InviteSection conversationId={conversation.id} />}
      <LeaveSection conversation={conversation} />
    </div>
  );
}
