import { Crown, EllipsisVertical, MessageCircle, ShieldCheck, ShieldOff, UserMinus } from 'lucide-react';
import { useState } from 'react';
import { PersonAvatar } from '@/components/person-avatar';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Menu, MenuItem } from '@/components/ui/menu';
import { useFocusHeir } from '@/hooks/use-focus-heir';
import { useOpenChat } from '@/hooks/use-open-chat';
import { useSyncState } from '@/hooks/sync-context';
import { useAct } from '@/hooks/use-act';
import type { Conversation, Member } from '@/lib/wire';
import { removeMember, setRole } from '../api/members';
import { rightsOver } from '../rights';

interface MemberRowProps {
  member: Member;
  conversation: Conversation;
}

type Question = 'remove' | 'hand-over';

/** A member, and what may be done about them. */
export function MemberRow({ member, conversation }: MemberRowProps) {
  const { id } = conversation;
  const self = useSyncState((state) => state.self);
  const { act } = useAct();
  const [asking, setAsking] = useState<Question | null>(null);
  const { userId, fullName, role } = member;
  const row = useFocusHeir<HTMLLIElement>();
  const change = (job: () => Promise<void>) => {
    setAsking(null);
    void act(job);
  };
  return (
    <li ref={row} className="flex min-h-13 items-center gap-3 rounded-box px-3 py-1.5 hover:bg-base-200">
      <PersonAvatar userId={userId} name={fullName} url={member.avatarUrl} size="sm" alone />
      <span className="min-w-0 flex-1 truncate">{userId === self ? `${fullName} (you)` : fullName}</span>
      {role !== 'member' && <span className="badge badge-soft badge-primary badge-sm">{role === 'owner' ? 'Owner' : 'Admin'}</span>}
      {userId !== self && <MemberMenu member={member} conversation={conversation} onAsk={setAsking} onChange={change} />}
      {asking === 'remove' && (
        <ConfirmDialog
          title={`Remove ${fullName}?`}
          text="They no longer see the group, nor what is written from now on."
          action="Remove"
          onConfirm={() => change(() => removeMember(id, userId))}
          onCancel={() => setAsking(null)}
        />
      )}
      {asking === 'hand-over' && (
        <ConfirmDialog
          title={`Hand the group over to ${fullName}?`}
          text="They become its owner, and you stay as an admin. Only they can give it back."
          action="Hand over"
          onConfirm={() => change(() => setRole(id, userId, 'owner'))}
          onCancel={() => setAsking(null)}
        />
      )}
    </li>
  );
}

interface MemberMenuProps extends MemberRowProps {
  onAsk: (question: Question) => void;
  onChange: (job: () => Promise<void>) => void;
}

function MemberMenu({ member, conversation, onAsk, onChange }: MemberMenuProps) {
  const { id } = conversation;
  const { userId, fullName, role } = member;
  const self = useSyncState((state) => state.self);
  const { open } = useOpenChat();
  const rights = rightsOver(member, conversation.role, self);
  return (
    <Menu label={`Options for ${fullName}`} icon={EllipsisVertical}>
      <MenuItem icon={MessageCircle} onSelect={() => void open(userId)}>
        Write to {fullName}
      </MenuItem>
      {rights.promote && role === 'member' && (
        <MenuItem icon={ShieldCheck} onSelect={() => onChange(() => setRole(id, userId, 'admin'))}>
          Make an admin
        </MenuItem>
      )}
      {rights.promote && role === 'admin' && (
        <MenuItem icon={ShieldOff} onSelect={() => onChange(() => setRole(id, userId, 'member'))}>
          Make a plain member
        </MenuItem>
      )}
      {rights.handOver && (
        <MenuItem icon={Crown} onSelect={() => onAsk('hand-over')}>
          Hand the group over
        </MenuItem>
      )}
      {rights.remove && (
        <MenuItem icon={UserMinus} danger onSelect={() => onAsk('remove')}>
          Remove from the group
        </MenuItem>
      )}
    </Menu>
  );
}
