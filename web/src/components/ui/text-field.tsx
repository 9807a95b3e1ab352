import { clsx } from 'clsx';
import { useId, type ComponentProps } from 'react';

interface TextFieldProps extends Omit<ComponentProps<'input'>, 'id'> {
  label: string;
  error?: string | undefined;
  hint?: string;
}

/** A labelled input with its hint and its error. */
export function TextField({ label, error, hint, className, ...rest }: TextFieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        className={clsx('input w-full bg-base-100 read-only:border-transparent read-only:bg-base-200 read-only:shadow-none', error !== undefined && 'input-error')}
        aria-invalid={error !== undefined}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        {...rest}
      />
      {note !== undefined && <FieldNote id={`${id}-note`} error={error !== undefined} text={note} />}
    </div>
  );
}

interface FieldNoteProps {
  id: string;
  error: boolean;
  text: string;
}

export function FieldNote({ id, error, text }: FieldNoteProps) {
  return (
    <p id={id} className={clsx('mt-1.5 text-sm', error ? 'text-error' : 'text-muted')}>
      {text}
    </p>
  );
}
