import { useMemo, useState } from 'react';
import { Dialog } from '@/components/ui/dialog';
import { Spinner } from '@/components/ui/spinner';
import { limits, type Conversation, type User } from '@/lib/wire';
import { addMembers } from '../api/members';
import { useAct } from '../use-act';
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
        <button type="button" className="btn btn-primary self-end" disabled={busy || tooMany || picked.length === 0} onClick={() => void add()}>
          {busy && <Spinner label="Adding" small />}
          Add to the group
        </button>
      </div>
    </Dialog>
  );
}
