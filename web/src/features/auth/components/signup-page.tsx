import { Link, useLocation } from 'react-router';
import { PasswordField } from '@/components/ui/password-field';
import { TextField } from '@/components/ui/text-field';
import { signedIn } from '@/hooks/session-store';
import { passwordHint } from '@/lib/password';
import { signup } from '../api/signup';
import { useAuthForm } from '../use-auth-form';
import { validateAccount } from '../validate';
import { AuthCard } from './auth-card';
import { FormFoot } from './form-foot';

const read = (data: FormData) => ({
  fullName: String(data.get('fullName')).trim(),
  email: String(data.get('email')).trim(),
  password: String(data.get('password')),
});

export function SignupPage() {
  // Where one was going is kept.
  const { state } = useLocation() as { state: unknown };
  const { busy, fields, failure, onSubmit } = useAuthForm(read, validateAccount, async (values) => signedIn(await signup(values)));
  return (
    <AuthCard
      title="Sign up"
      subtitle="A name, an address, a password. That is all."
      notice={null}
      footer={
        <>
          Have an account?{' '}
          <Link to="/login" state={state} className="link font-medium text-primary link-hover">
            Log in
          </Link>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={onSubmit}>
        <TextField label="Full name" name="fullName" autoComplete="name" autoFocus error={fields.fullName} />
        <TextField label="Email" name="email" type="email" autoComplete="email" error={fields.email} />
        <PasswordField autoComplete="new-password" error={fields.password} hint={passwordHint} />
        <FormFoot busy={busy} failure={failure} action="Create account" />
      </form>
    </AuthCard>
  );
}
