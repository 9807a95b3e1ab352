import { useRef, useState, type FormEvent } from 'react';
import { AvatarPicker } from '@/components/avatar-picker';
import { BusyButton } from '@/components/ui/busy-button';
import { TextArea } from '@/components/ui/text-area';
import { TextField } from '@/components/ui/text-field';
import { updateSelf, useSelf } from '@/hooks/session-store';
import { errorText, fieldErrors } from '@/lib/api-error';
import { focusWrong } from '@/lib/focus-wrong';
import { toast } from '@/lib/toasts';
import { limits } from '@/lib/wire';
import { updateMe } from '../api/update-me';
import { Section } from './section';
import { UnverifiedNote } from './unverified-note';

export function ProfileSection() {
  const user = useSelf();
  const { fullName, bio, setFullName, setBio, changed, busy, fields, form, onSubmit } = useProfileForm();
  const left = limits.bio - Array.from(bio.trim()).length;
  return (
    <Section title="Profile" text="What others see of you.">
      <AvatarPicker
        name={user.fullName}
        url={user.avatarUrl}
        onPicked={async (avatarUploadId) => updateSelf(await updateMe({ avatarUploadId }))}
      />
      <form ref={form} noValidate className="mt-6 space-y-4" onSubmit={onSubmit}>
        <TextField
          label="Full name"
          name="fullName"
          autoComplete="name"
          value={fullName}
          error={fields['fullName']}
          onChange={(event) => setFullName(event.target.value)}
        />
        <TextArea
          label="About you"
          name="bio"
          rows={3}
          value={bio}
          error={left < 0 ? `${-left} characters too many` : fields['bio']}
          hint={`${left} characters left`}
          onChange={(event) => setBio(event.target.value)}
        />
        <div>
          <TextField label="Email" value={user.email} readOnly hint="Only you see your address." />
          {!user.emailVerified && <UnverifiedNote />}
        </div>
        <div className="flex justify-end">
          <BusyButton type="submit" className="btn-primary" busy={busy} busyLabel="Saving" idle={!changed}>
            Save profile
          </BusyButton>
        </div>
      </form>
    </Section>
  );
}

function useProfileForm() {
  const user = useSelf();
  const [fullName, setFullName] = useState(user.fullName);
  const [bio, setBio] = useState(user.bio);
  const [busy, setBusy] = useState(false);
  const [fields, setFields] = useState<Record<string, string>>({});
  const form = useRef<HTMLFormElement>(null);
  const changed = fullName.trim() !== user.fullName || bio.trim() !== user.bio;

  const save = async () => {
    const wrong = validate(fullName.trim(), bio.trim());
    setFields(wrong);
    focusWrong(form.current, wrong);
    if (Object.keys(wrong).length > 0) return;
    setBusy(true);
    try {
      const saved = await updateMe({ fullName: fullName.trim(), bio: bio.trim() });
      updateSelf(saved);
      setFullName(saved.fullName);
      setBio(saved.bio);
      toast('info', 'Profile saved.');
    } catch (error) {
      const refused = fieldErrors(error);
      setFields(refused);
      focusWrong(form.current, refused);
      if (Object.keys(refused).length === 0) toast('error', errorText(error));
    } finally {
      setBusy(false);
    }
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void save();
  };
  return { fullName, bio, setFullName, setBio, changed, busy, fields, form, onSubmit };
}

function validate(fullName: string, bio: string): Record<string, string> {
  const wrong: Record<string, string> = {};
  if (fullName === '') wrong['fullName'] = 'Please enter your name.';
  if (Array.from(fullName).length > limits.fullName) wrong['fullName'] = `At most ${limits.fullName} characters.`;
  if (Array.from(bio).length > limits.bio) wrong['bio'] = `At most ${limits.bio} characters.`;
  return wrong;
}
