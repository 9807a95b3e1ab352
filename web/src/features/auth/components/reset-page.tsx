import { Link, useNavigate } from 'react-router';
import { PasswordField } from '@/components/ui/password-field';
import { signedOut } from '@/hooks/session-store';
import { passwordHint } from '@/lib/password';
import { resetPassword } from '../api/reset-password';
import { useAuthForm } from '../use-auth-form';
import { useLinkToken } from '@/hooks/use-link-token';
import { validatePassword } from '../validate';
import { AuthCard } from './auth-card';
import { BackToLogin } from './forgot-page';
import { FormFoot } from './form-foot';

const read = (data: FormData) => ({ password: String(data.get('password')) });

/** Sets a new password by a mailed link. */
export function ResetPage() {
  const token = useLinkToken();
  return <ResetForm key={token} token={token} />;
}

function ResetForm({ token }: { token: string }) {
  const navigate = useNavigate();
  const { busy, fields, failure, onSubmit } = useAuthForm(read, validatePassword, async ({ password }) => {
    await resetPassword(token, password);
    signedOut('Your password is set. Log in with it.');
    await navigate('/login', { replace: true });
  });
  const useless = token === '' || fields.token !== undefined;
  return (
    <AuthCard
      title="Set a new password"
      subtitle="You will be logged out everywhere else."
      notice={useless ? 'This link is not valid any more. Ask for another one.' : null}
      footer={<BackToLogin />}
    >
      {useless ? (
        <Link to="/forgot-password" className="btn btn-primary w-full">
          Ask for another link
        </Link>
      ) : (
        <form noValidate className="space-y-4" onSubmit={onSubmit}>
          <PasswordField label="New password" autoComplete="new-password" autoFocus error={fields.password} hint={passwordHint} />
          <FormFoot busy={busy} failure={failure} action="Set password" />
        </form>
      )}
    </AuthCard>
  );
}
