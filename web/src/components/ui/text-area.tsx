import { clsx } from 'clsx';
import { useId, type ComponentProps } from 'react';
import { FieldNote } from './text-field';

interface TextAreaProps extends Omit<ComponentProps<'textarea'>, 'id'> {
  label: string;
  error?: string | undefined;
  hint?: string;
}

export function TextArea({ label, error, hint, ...rest }: TextAreaProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      <textarea
        id={id}
        className={clsx('textarea w-full bg-base-100', error !== undefined && 'textarea-error')}
        aria-invalid={error !== undefined}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        {...rest}
      />
      {note !== undefined && <FieldNote id={`${id}-note`} error={error !== undefined} text={note} />}
    </div>
  );
}
