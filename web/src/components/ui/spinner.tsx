interface SpinnerProps {
  label: string;
  small?: boolean;
}

export function Spinner({ label, small = false }: SpinnerProps) {
  return <span role="status" aria-label={label} className={`loading loading-spinner ${small ? 'loading-xs' : 'loading-md'}`} />;
}
