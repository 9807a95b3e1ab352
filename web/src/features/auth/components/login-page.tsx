import { Link } from 'react-router';
import { TextField } from '@/components/ui/text-field';
import { useSession } from '@/hooks/session-store';
import { login } from '../api/login';
import { useAuthForm } from '../use-auth-form';
import { validateLogin } from '../validate';
import { AuthCard } from './auth-card';
import { FormFoot } from './form-foot';
import { PasswordField } from './password-field';

const read = (data: FormData) => ({ email: String(data.get('email')).trim(), password: String(data.get('password')) });

export function LoginPage() {
  const notice = useSession((session) => session.notice);
  const { busy, fields, failure, onSubmit } = useAuthForm(read, validateLogin, login);
  return (
    <AuthCard
      title="Log in"
      subtitle="Good to have you back."
      notice={notice}
      footer={
        <>
          New here?{' '}
          <Link to="/signup" className="link font-medium text-primary link-hover">
            Create an account
          </Link>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={onSubmit}>
        <TextField label="Email" name="email" type="email" autoComplete="email" autoFocus error={fields.email} />
        <PasswordField autoComplete="current-password" error={fields.password} />
        <FormFoot busy={busy} failure={failure} action="Log in" />
      </form>
    </AuthCard>
  );
}
