import { useEffect, useState, type FormEvent } from 'react';
import { useNavigate } from 'react-router';
import { AvatarPicker } from '@/components/avatar-picker';
import { BusyButton } from '@/components/ui/busy-button';
import { Dialog } from '@/components/ui/dialog';
import { useSyncClient } from '@/hooks/sync-context';
import { errorText, fieldErrors } from '@/lib/api-error';
import { randomId } from '@/lib/ids';
import type { User } from '@/lib/wire';
import { createGroup } from '../api/group';
import { GroupFields, wrongDetails, type GroupDetails } from './group-fields';
import { PeoplePicker } from './people-picker';

interface CreateGroupDialogProps {
  onClose: () => void;
}

interface Picture {
  uploadId: string;
  /** Of the file itself, which nobody else has seen yet. */
  url: string;
}

/** Makes a group, and opens it. */
export function CreateGroupDialog({ onClose }: CreateGroupDialogProps) {
  const { details, setDetails, picture, setPicture, picked, setPicked, errors, failure, busy, onSubmit } = useCreation(onClose);
  return (
    <Dialog title="New group" onClose={onClose}>
      <form noValidate className="flex flex-col gap-4" onSubmit={onSubmit}>
        <AvatarPicker
          name={details.title}
          url={picture?.url ?? null}
          onPicked={async (uploadId, file) => setPicture({ uploadId, url: URL.createObjectURL(file) })}
        />
        <GroupFields value={details} errors={errors} onChange={setDetails} />
        <PeoplePicker picked={picked} onChange={setPicked} />
        {failure !== null && (
          <p role="alert" className="text-sm text-error">
            {failure}
          </p>
        )}
        <BusyButton type="submit" className="btn-primary self-end" busy={busy} busyLabel="Creating">
          Create group
        </BusyButton>
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
  const [picture, setPicture] = usePicture();
  const [picked, setPicked] = useState<readonly User[]>([]);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const create = async () => {
    const wrong = wrongDetails(details);
    setErrors(wrong);
    setFailure(null);
    if (Object.keys(wrong).length > 0) return;
    setBusy(true);
    try {
      const group = await createGroup({
        clientId,
        title: details.title.trim(),
        description: details.description.trim(),
        ...(picture === null ? {} : { avatarUploadId: picture.uploadId }),
        memberIds: picked.map(({ id }) => id),
      });
      client.adopt(group);
      onClose();
      await navigate(`/c/${group.id}`);
    } catch (error) {
      const refused = fieldErrors(error);
      setErrors(refused);
      if (refused['title'] === undefined && refused['description'] === undefined) setFailure(failureText(error, refused));
      setBusy(false);
    }
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void create();
  };
  return { details, setDetails, picture, setPicture, picked, setPicked, errors, failure, busy, onSubmit };
}

/** What no field shows. */
function failureText(error: unknown, refused: Readonly<Record<string, string>>): string {
  return refused['avatarUploadId'] === undefined ? errorText(error) : 'The picture can’t be used. Please choose another one.';
}

function usePicture() {
  const [picture, setPicture] = useState<Picture | null>(null);
  useEffect(() => () => URL.revokeObjectURL(picture?.url ?? ''), [picture]);
  return [picture, setPicture] as const;
}
