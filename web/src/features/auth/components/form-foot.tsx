import { Spinner } from '@/components/ui/spinner';

interface FormFootProps {
  busy: boolean;
  failure: string | null;
  action: string;
}

/** What went wrong with the whole form, and the button that sends it. */
export function FormFoot({ busy, failure, action }: FormFootProps) {
  return (
    <>
      {failure !== null && (
        <p role="alert" className="rounded-field bg-error/10 px-4 py-3 text-sm text-error">
          {failure}
        </p>
      )}
      <button type="submit" className="btn btn-primary w-full" disabled={busy}>
        {busy && <Spinner label="Please wait" small />}
        {action}
      </button>
    </>
  );
}
