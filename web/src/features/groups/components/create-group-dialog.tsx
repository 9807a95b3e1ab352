import { useState, type FormEvent } from 'react';
import { useNavigate } from 'react-router';
import { Dialog } from '@/components/ui/dialog';
import { Spinner } from '@/components/ui/spinner';
import { useSyncClient } from '@/hooks/sync-context';
import { errorText, fieldErrors } from '@/lib/api-error';
import { randomId } from '@/lib/ids';
import { toast } from '@/lib/toasts';
import type { User } from '@/lib/wire';
import { createGroup } from '../api/group';
import { GroupFields, wrongDetails, type GroupDetails } from './group-fields';
import { PeoplePicker } from './people-picker';

interface CreateGroupDialogProps {
  onClose: () => void;
}

/** Makes a group, and opens it. */
export function CreateGroupDialog({ onClose }: CreateGroupDialogProps) {
  const { details, setDetails, picked, setPicked, errors, busy, onSubmit } = useCreation(onClose);
  return (
    <Dialog title="New group" onClose={onClose}>
      <form noValidate className="flex flex-col gap-4" onSubmit={onSubmit}>
        <GroupFields value={details} errors={errors} onChange={setDetails} />
        <PeoplePicker picked={picked} onChange={setPicked} />
        <button type="submit" className="btn btn-primary self-end" disabled={busy}>
          {busy && <Spinner label="Creating" small />}
          Create group
        </button>
      </form>
    </Dialog>
  );
}

function useCreation(onClose: () => void) {
  const client = useSyncClient();
  const navigate = useNavigate();
  // A second try after an answer that got lost makes no second group.
  const [clientId] = useState(() => randomId());
  const [details, setDetails] = useState<GroupDetails>({ title: '', description: '' });
  const [picked, setPicked] = useState<readonly User[]>([]);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);

  const create = async () => {
    const wrong = wrongDetails(details);
    setErrors(wrong);
    if (Object.keys(wrong).length > 0) return;
    setBusy(true);
    try {
      const group = await createGroup({
        clientId,
        title: details.title.trim(),
        description: details.description.trim(),
        memberIds: picked.map(({ id }) => id),
      });
      client.adopt(group);
      onClose();
      await navigate(`/c/${group.id}`);
    } catch (error) {
      const refused = fieldErrors(error);
      setErrors(refused);
      if (refused['title'] === undefined && refused['description'] === undefined) toast('error', errorText(error));
      setBusy(false);
    }
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void create();
  };
  return { details, setDetails, picked, setPicked, errors, busy, onSubmit };
}
