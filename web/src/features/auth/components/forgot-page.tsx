import { useState } from 'react';
import { Link, useLocation } from 'react-router';
import { TextField } from '@/components/ui/text-field';
import { forgotPassword } from '../api/forgot-password';
import { useAuthForm } from '../use-auth-form';
import { validateAddress } from '../validate';
import { AuthCard } from './auth-card';
import { FormFoot } from './form-foot';

const read = (data: FormData) => ({ email: String(data.get('email')).trim() });

/** Asks for a link to set a new password. Whether there is such an account stays unsaid. */
export function ForgotPage() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  // As it was typed at the login.
  const { email } = (useLocation().state ?? {}) as { email?: string };
  const { busy, fields, failure, onSubmit } = useAuthForm(read, validateAddress, async ({ email }) => {
    await forgotPassword(email);
    setSentTo(email);
  });
  return (
    <AuthCard
      title="Forgot your password?"
      subtitle="We mail you a link to set a new one."
      notice={sentTo === null ? null : `If there is an account with ${sentTo}, a mail with a link is on its way. Look into your inbox.`}
      footer={<BackToLogin />}
    >
      {sentTo === null && (
        <form noValidate className="space-y-4" onSubmit={onSubmit}>
          <TextField label="Email" name="email" type="email" autoComplete="email" autoFocus defaultValue={email} error={fields.email} />
          <FormFoot busy={busy} failure={failure} action="Send the link" />
        </form>
      )}
    </AuthCard>
  );
}

export function BackToLogin() {
  return (
    <Link to="/login" className="link font-medium text-primary link-hover">
      Back to log in
    </Link>
  );
}
