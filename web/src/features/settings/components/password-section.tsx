import { useRef, useState, type FormEvent, type RefObject } from 'react';
import { BusyButton } from '@/components/ui/busy-button';
import { PasswordField } from '@/components/ui/password-field';
import { useSelf } from '@/hooks/session-store';
import { errorText, fieldErrors, toApiError } from '@/lib/api-error';
import { focusWrong } from '@/lib/focus-wrong';
import { passwordHint, unfitPassword } from '@/lib/password';
import { toast } from '@/lib/toasts';
import { changePassword } from '../api/change-password';
import { Section } from './section';

interface PasswordErrors {
  currentPassword?: string;
  newPassword?: string;
}

export function PasswordSection() {
  const { email } = useSelf();
  const form = useRef<HTMLFormElement>(null);
  const { busy, errors, change } = useChange(form);
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    void change(String(data.get('currentPassword')), String(data.get('newPassword')));
  };
  return (
    <Section title="Password" text="Changing it logs you out on all other devices.">
      <form ref={form} noValidate className="space-y-4" onSubmit={onSubmit}>
        {/* Tells password managers whose password this is. */}
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <PasswordField label="Current password" name="currentPassword" autoComplete="current-password" error={errors.currentPassword} />
        <PasswordField label="New password" name="newPassword" autoComplete="new-password" error={errors.newPassword} hint={passwordHint} />
        <div className="flex justify-end">
          <BusyButton type="submit" busy={busy} busyLabel="Saving">
            Change password
          </BusyButton>
        </div>
      </form>
    </Section>
  );
}

function useChange(form: RefObject<HTMLFormElement | null>) {
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<PasswordErrors>({});
  const change = async (current: string, next: string) => {
    const wrong = validate(current, next);
    setErrors(wrong);
    focusWrong(form.current, wrong);
    if (Object.keys(wrong).length > 0) return;
    setBusy(true);
    try {
      await changePassword(current, next);
      form.current?.reset();
      toast('info', 'Your password is changed.');
    } catch (error) {
      const refused: PasswordErrors =
        toApiError(error).code === 'invalid_credentials' ? { currentPassword: 'This is not your password.' } : fieldErrors(error);
      setErrors(refused);
      focusWrong(form.current, refused);
      if (Object.keys(refused).length === 0) toast('error', errorText(error));
    } finally {
      setBusy(false);
    }
  };
  return { busy, errors, change };
}

function validate(current: string, next: string): PasswordErrors {
  const unfit = unfitPassword(next);
  return {
    ...(current === '' ? { currentPassword: 'Please enter your password.' } : {}),
    ...(unfit === null ? {} : { newPassword: unfit }),
  };
}
