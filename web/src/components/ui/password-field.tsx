import { clsx } from 'clsx';
import { Eye, EyeOff } from 'lucide-react';
import { useId, useState } from 'react';
import { FieldNote } from './text-field';

interface PasswordFieldProps {
  label?: string;
  name?: string;
  autoFocus?: boolean;
  autoComplete: 'current-password' | 'new-password';
  error?: string | undefined;
  hint?: string;
}

/** A password input that can show what is typed. */
export function PasswordField({ label = 'Password', name = 'password', autoComplete, autoFocus, error, hint }: PasswordFieldProps) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  const note = error ?? hint;
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      <div className="relative">
        <input
          id={id}
          name={name}
          type={shown ? 'text' : 'password'}
          autoComplete={autoComplete}
          autoFocus={autoFocus}
          className={clsx('input w-full bg-base-100 pr-11', error !== undefined && 'input-error')}
          aria-invalid={error !== undefined}
          aria-describedby={note === undefined ? undefined : `${id}-note`}
        />
        <button
          type="button"
          aria-label={shown ? 'Hide what you type' : 'Show what you type'}
          className="btn btn-circle btn-ghost btn-sm absolute top-1/2 right-1 z-10 -translate-y-1/2"
          onClick={() => setShown(!shown)}
        >
          <Icon className="size-4" aria-hidden="true" />
        </button>
      </div>
      {note !== undefined && <FieldNote id={`${id}-note`} error={error !== undefined} text={note} />}
    </div>
  );
}
