import { LinkIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { Avatar } from '@/components/ui/avatar';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorState } from '@/components/ui/error-state';
import { BusyButton } from '@/components/ui/busy-button';
import { Spinner } from '@/components/ui/spinner';
import { useLinkToken } from '@/hooks/use-link-token';
import { useSyncClient } from '@/hooks/sync-context';
import { useAct } from '@/hooks/use-act';
import { errorText, toApiError, type ApiError } from '@/lib/api-error';
import { joinByInvite, previewInvite, type InvitePreview } from '../api/invites';

/** Where an invite link leads: shows the group, and lets the user in. */
export function JoinPage() {
  const code = useLinkToken();
  return <Invite key={code} code={code} />;
}

function Invite({ code }: { code: string }) {
  const { preview, failure, retry } = usePreview(code);
  if (failure?.transient === true) return <ErrorState page title="The invite could not be looked up" text={errorText(failure)} onRetry={retry} />;
  if (code === '' || failure !== null) return <Unusable failure={failure} />;
  if (preview === null) {
    return (
      <div className="flex h-full items-center justify-center bg-canvas">
        <Spinner label="Looking up the invite" />
      </div>
    );
  }
  return <Offer code={code} preview={preview} />;
}

function Unusable({ failure }: { failure: ApiError | null }) {
  const text = failure === null ? 'There is no code in it. Please open the whole link.' : errorText(failure);
  return (
    <div className="h-full bg-canvas">
      <EmptyState page icon={LinkIcon} title="This invite can’t be used" text={text}>
        <Link to="/" className="btn btn-sm mt-2">
          Back to chats
        </Link>
      </EmptyState>
    </div>
  );
}

interface OfferProps {
  code: string;
  preview: InvitePreview;
}

function Offer({ code, preview }: OfferProps) {
  const client = useSyncClient();
  const navigate = useNavigate();
  const { busy, act } = useAct();
  const { title, avatarUrl, memberCount, conversationId } = preview;
  const join = () =>
    act(async () => {
      const group = await joinByInvite(code);
      client.adopt(group);
      await navigate(`/c/${group.id}`, { replace: true });
    });
  return (
    <section aria-label="Invite" className="flex h-full flex-col items-center justify-center gap-3 bg-canvas px-6 text-center">
      <Avatar name={title} url={avatarUrl} size="xl" />
      <h1 className="max-w-[min(100%,28rem)] text-xl font-semibold wrap-anywhere">{title}</h1>
      <p className="text-sm text-muted">{memberCount === 1 ? '1 member' : `${memberCount} members`}</p>
      {conversationId === null ? (
        <BusyButton className="btn-primary mt-2" busy={busy} busyLabel="Joining" onClick={() => void join()}>
          Join group
        </BusyButton>
      ) : (
        <Link to={`/c/${conversationId}`} className="btn btn-primary mt-2">
          Open group
        </Link>
      )}
      <Link to="/" replace className="btn btn-ghost btn-sm">
        Not now
      </Link>
    </section>
  );
}

function usePreview(code: string) {
  const [preview, setPreview] = useState<InvitePreview | null>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (code === '') return undefined;
    const controller = new AbortController();
    previewInvite(code, controller.signal)
      .then(setPreview)
      .catch((thrown: unknown) => {
        const error = toApiError(thrown);
        if (error.kind !== 'cancelled') setFailure(error);
      });
    return () => controller.abort();
  }, [code, attempt]);
  const retry = () => {
    setFailure(null);
    setAttempt((count) => count + 1);
  };
  return { preview, failure, retry };
}
