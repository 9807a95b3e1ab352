import { clsx } from 'clsx';
import type { ComponentProps } from 'react';

interface IconButtonProps extends ComponentProps<'button'> {
  /** What it does; also its tooltip. */
  label: string;
}

export function IconButton({ label, className, ...rest }: IconButtonProps) {
  return (
    <button type="button" aria-label={label} title={label} className={clsx('btn btn-circle btn-ghost btn-sm size-10', className)} {...rest} />
  );
}
