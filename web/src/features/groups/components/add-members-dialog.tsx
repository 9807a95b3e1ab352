import { useMemo, useState } from 'react';
import { BusyButton } from '@/components/ui/busy-button';
import { Dialog } from '@/components/ui/dialog';
import { useAct } from '@/hooks/use-act';
import { limits, type Conversation, type User } from '@/lib/wire';
import { addMembers } from '../api/members';
import { PeoplePicker } from './people-picker';

interface AddMembersDialogProps {
  conversation: Conversation;
  onClose: () => void;
}

export function AddMembersDialog({ conversation, onClose }: AddMembersDialogProps) {
  const [picked, setPicked] = useState<readonly User[]>([]);
  const { busy, act } = useAct();
  const members = useMemo(() => new Set(conversation.members.map(({ userId }) => userId)), [conversation.members]);
  const tooMany = picked.length > limits.membersAtOnce;
  const add = async () => {
    if (await act(() => addMembers(conversation.id, picked.map(({ id }) => id)))) onClose();
  };
  return (
    <Dialog title="Add people" onClose={onClose}>
      <div className="flex flex-col gap-4">
        <PeoplePicker picked={picked} onChange={setPicked} without={members} />
        {tooMany && (
          <p role="alert" className="text-sm text-error">
            At most {limits.membersAtOnce} people at once.
          </p>
        )}
        <BusyButton className="btn-primary self-end" busy={busy} busyLabel="Adding" disabled={tooMany || picked.length === 0} onClick={() => void add()}>
          Add to the group
        </BusyButton>
      </div>
    </Dialog>
  );
}
