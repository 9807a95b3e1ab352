import { useEffect, useRef, useState, type FormEvent } from 'react';
import { AvatarPicker } from '@/components/avatar-picker';
import { Avatar } from '@/components/ui/avatar';
import { BusyButton } from '@/components/ui/busy-button';
import { useSyncClient } from '@/hooks/sync-context';
import { useAct } from '@/hooks/use-act';
import { focusWrong } from '@/lib/focus-wrong';
import type { Conversation } from '@/lib/wire';
import { updateGroup } from '../api/group';
import { manages } from '../rights';
import { GroupFields, wrongDetails } from './group-fields';

/** The group's picture, name and description; who may, changes them. */
export function GroupHead({ conversation }: { conversation: Conversation }) {
  const [editing, setEditing] = useState(false);
  const [edited, setEdited] = useState(false);
  const { title, description, avatarUrl, memberCount, role } = conversation;
  const finish = () => {
    setEditing(false);
    setEdited(true);
  };
  if (editing) return <GroupForm conversation={conversation} onDone={finish} />;
  return (
    <section aria-label="About the group" className="flex flex-col items-center gap-2 px-5 py-6 text-center">
      <Avatar name={title ?? ''} url={avatarUrl} size="xl" />
      <h2 className="max-w-full text-lg font-semibold break-words">{title}</h2>
      <p className="text-sm text-muted">{memberCount === 1 ? '1 member' : `${memberCount} members`}</p>
      {description !== null && <p className="max-w-full text-sm break-words whitespace-pre-wrap">{description}</p>}
      {manages(role) && (
        <button type="button" autoFocus={edited} className="btn btn-sm mt-1" onClick={() => setEditing(true)}>
          Edit group
        </button>
      )}
    </section>
  );
}

interface GroupFormProps {
  conversation: Conversation;
  onDone: () => void;
}

function GroupForm({ conversation, onDone }: GroupFormProps) {
  const client = useSyncClient();
  const { id, title, description, avatarUrl } = conversation;
  const [value, setValue] = useState({ title: title ?? '', description: description ?? '' });
  const [errors, setErrors] = useState<Record<string, string>>({});
  const { busy, act } = useAct();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => focusWrong(form.current, { title: '' }), []);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const wrong = wrongDetails(value);
    setErrors(wrong);
    focusWrong(form.current, wrong);
    if (Object.keys(wrong).length > 0) return;
    const change = { title: value.title.trim(), description: value.description.trim() };
    if (await act(async () => client.adopt(await updateGroup(id, change)))) onDone();
  };
  return (
    <form ref={form} noValidate aria-label="Edit group" className="space-y-4 px-5 py-6" onSubmit={(event) => void save(event)}>
      <AvatarPicker
        name={value.title}
        url={avatarUrl}
        onPicked={async (avatarUploadId) => client.adopt(await updateGroup(id, { avatarUploadId }))}
      />
      {avatarUrl !== null && (
        <button type="button" className="btn btn-ghost btn-xs" onClick={() => void act(async () => client.adopt(await updateGroup(id, { avatarUploadId: null })))}>
          Take the picture away
        </button>
      )}
      <GroupFields value={value} errors={errors} onChange={setValue} />
      <div className="flex justify-end gap-2">
        <button type="button" className="btn btn-ghost btn-sm" onClick={onDone}>
          Cancel
        </button>
        <BusyButton type="submit" className="btn-primary btn-sm" busy={busy} busyLabel="Saving">
          Save
        </BusyButton>
      </div>
    </form>
  );
}
