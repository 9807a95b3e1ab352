import { useState } from 'react';
import { Link, useLocation } from 'react-router';
import { PasswordField } from '@/components/ui/password-field';
import { TextField } from '@/components/ui/text-field';
import { signedIn, useSession } from '@/hooks/session-store';
import { login } from '../api/login';
import { useAuthForm } from '../use-auth-form';
import { validateLogin } from '../validate';
import { AuthCard } from './auth-card';
import { FormFoot } from './form-foot';

const read = (data: FormData) => ({ email: String(data.get('email')).trim(), password: String(data.get('password')) });

export function LoginPage() {
  const notice = useSession((session) => session.notice);
  // Where one was going is kept.
  const { state } = useLocation() as { state: unknown };
  const [email, setEmail] = useState('');
  const { busy, fields, failure, onSubmit } = useAuthForm(read, validateLogin, async (values) => signedIn(await login(values)));
  return (
    <AuthCard
      title="Log in"
      subtitle="Good to have you back."
      notice={notice}
      footer={
        <>
          New here?{' '}
          <Link to="/signup" state={state} className="link font-medium text-primary link-hover">
            Create an account
          </Link>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={onSubmit}>
        <TextField label="Email" name="email" type="email" autoComplete="email" autoFocus error={fields.email} onChange={(event) => setEmail(event.target.value)} />
        <PasswordField autoComplete="current-password" error={fields.password} />
        <p className="text-right text-sm">
          {/* Not in the address, which others may see. */}
          <Link to="/forgot-password" state={{ email }} className="link text-primary link-hover">
            Forgot your password?
          </Link>
        </p>
        <FormFoot busy={busy} failure={failure} action="Log in" />
      </form>
    </AuthCard>
  );
}
