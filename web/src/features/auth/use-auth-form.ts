import { useState, type FormEvent } from 'react';
import { errorText, fieldErrors, toApiError } from '@/lib/api-error';
import { focusWrong } from '@/lib/focus-wrong';
import type { FieldErrors } from './validate';

interface AuthForm {
  busy: boolean;
  fields: FieldErrors;
  /** What is wrong with the whole, if no field is to blame. */
  failure: string | null;
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
}

/** A form of the pages before sign-in. It stays busy after `submit` has succeeded: the page goes, or says so. */
export function useAuthForm<T>(read: (data: FormData) => T, validate: (values: T) => FieldErrors, submit: (values: T) => Promise<void>): AuthForm {
  const [busy, setBusy] = useState(false);
  const [fields, setFields] = useState<FieldErrors>({});
  const [failure, setFailure] = useState<string | null>(null);

  const run = async (form: HTMLFormElement) => {
    const values = read(new FormData(form));
    const wrong = validate(values);
    setFields(wrong);
    setFailure(null);
    if (Object.keys(wrong).length > 0) {
      focusWrong(form, wrong);
      return;
    }
    setBusy(true);
    try {
      await submit(values);
    } catch (error) {
      const refused = refusedFields(error);
      setFields(refused);
      setFailure(Object.keys(refused).length > 0 ? null : loginText(error));
      setBusy(false);
      focusWrong(form, refused);
    }
  };

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!busy) void run(event.currentTarget);
  };
  return { busy, fields, failure, onSubmit };
}

function refusedFields(error: unknown): FieldErrors {
  const { code } = toApiError(error);
  if (code === 'email_taken') return { email: 'There is an account with this address already.' };
  return fieldErrors(error);
}

function loginText(error: unknown): string {
  return toApiError(error).code === 'invalid_credentials' ? 'Email or password is wrong.' : errorText(error);
}
