import { clsx } from 'clsx';
import type { ComponentProps } from 'react';
import { Spinner } from './spinner';

interface BusyButtonProps extends ComponentProps<'button'> {
  busy: boolean;
  /** What it is busy with. */
  busyLabel?: string;
  /** There is nothing for it to do yet. */
  idle?: boolean;
}

/** Starts what takes a while, once at a time. It is never disabled for that: a disabled button loses the focus. */
export function BusyButton({ busy, busyLabel = 'Please wait', idle = false, type = 'button', className, onClick, children, ...rest }: BusyButtonProps) {
  const off = busy || idle;
  return (
    <button
      // oxlint-disable-next-line react/button-has-type -- the caller's
      type={type}
      aria-disabled={off}
      className={clsx('btn aria-disabled:cursor-default aria-disabled:opacity-60', className)}
      // Enter in a field clicks it, too.
      onClick={(event) => (off ? event.preventDefault() : onClick?.(event))}
      {...rest}
    >
      {busy && <Spinner label={busyLabel} small />}
      {children}
    </button>
  );
}
