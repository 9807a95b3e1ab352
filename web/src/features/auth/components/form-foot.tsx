import { BusyButton } from '@/components/ui/busy-button';

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
      <BusyButton type="submit" className="btn-primary w-full" busy={busy}>
        {action}
      </BusyButton>
    </>
  );
}
