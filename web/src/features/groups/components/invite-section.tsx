import { Copy, Link2, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { BusyButton } from '@/components/ui/busy-button';
import { IconButton } from '@/components/ui/icon-button';
import { useAct } from '@/hooks/use-act';
import { useFocusHeir } from '@/hooks/use-focus-heir';
import { toApiError } from '@/lib/api-error';
import { copyText } from '@/lib/copy-text';
import { formatFull } from '@/lib/format-time';
import { createInvite, listInvites, revokeInvite, type Invite } from '../api/invites';

const hour = 3600;
const lifetimes: readonly [string, number | null][] = [
  ['an hour', hour],
  ['a day', 24 * hour],
  ['a week', 7 * 24 * hour],
  ['ever', null],
];
const counts: readonly [string, number | null][] = [
  ['anybody', null],
  ['one person', 1],
  ['10 people', 10],
  ['100 people', 100],
];

/** Links by which people can join. */
export function InviteSection({ conversationId }: { conversationId: string }) {
  const { invites, failed, reload, setInvites } = useInvites(conversationId);
  const [lifetime, setLifetime] = useState(2);
  const [count, setCount] = useState(0);
  const { busy, act } = useAct();
  const create = () =>
    act(async () => {
      const made = await createInvite(conversationId, lifetimes[lifetime]?.[1] ?? null, counts[count]?.[1] ?? null);
      setInvites((list) => [made, ...(list ?? [])]);
    });
  const revoke = (id: string) =>
    act(async () => {
      await revokeInvite(conversationId, id);
      setInvites((list) => list?.filter((invite) => invite.id !== id) ?? null);
    });
  return (
    <section aria-label="Invite links" className="space-y-3 px-5 py-5">
      <h2 className="font-semibold">Invite links</h2>
      {failed && (
        <p role="alert" className="text-sm text-error">
          They could not be loaded.{' '}
          <button type="button" className="link" onClick={reload}>
            Try again
          </button>
        </p>
      )}
      <ul className="space-y-2">
        {invites?.map((invite) => (
          <InviteRow key={invite.id} invite={invite} onRevoke={() => void revoke(invite.id)} />
        ))}
      </ul>
      <div className="grid grid-cols-2 gap-2">
        <Choice label="Good for" options={lifetimes.map(([name]) => name)} value={lifetime} onChange={setLifetime} />
        <Choice label="Can be used by" options={counts.map(([name]) => name)} value={count} onChange={setCount} />
      </div>
      <BusyButton className="btn-sm" busy={busy} onClick={() => void create()}>
        {!busy && <Link2 className="size-4" aria-hidden="true" />}
        Create link
      </BusyButton>
    </section>
  );
}

function useInvites(conversationId: string) {
  /** Null while loading. */
  const [invites, setInvites] = useState<readonly Invite[] | null>(null);
  const [failed, setFailed] = useState(false);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    listInvites(conversationId, controller.signal)
      .then(setInvites)
      .catch((error: unknown) => toApiError(error).kind !== 'cancelled' && setFailed(true));
    return () => controller.abort();
  }, [conversationId, attempt]);
  const reload = () => {
    setFailed(false);
    setAttempt((count) => count + 1);
  };
  return { invites, failed, reload, setInvites };
}

interface InviteRowProps {
  invite: Invite;
  onRevoke: () => void;
}

function InviteRow({ invite, onRevoke }: InviteRowProps) {
  const { url, expiresAt } = invite;
  const row = useFocusHeir<HTMLLIElement>();
  return (
    <li ref={row} className="flex items-center gap-1 rounded-box bg-base-200 py-1 pr-1 pl-3 text-sm">
      <span className="min-w-0 flex-1">
        <span className="block truncate font-mono text-xs">{url}</span>
        <span className="block text-xs text-muted">
          {usesOf(invite)} · {expiresAt === null ? 'for ever' : `until ${formatFull(expiresAt)}`}
        </span>
      </span>
      <IconButton label="Copy link" onClick={() => void copyText(url, 'Link copied.')}>
        <Copy className="size-4" aria-hidden="true" />
      </IconButton>
      <IconButton label="Revoke link" onClick={onRevoke}>
        <Trash2 className="size-4" aria-hidden="true" />
      </IconButton>
    </li>
  );
}

function usesOf({ uses, maxUses }: Invite): string {
  if (maxUses !== null) return uses >= maxUses ? 'Used up' : `Used ${uses} of ${maxUses} times`;
  return uses === 1 ? 'Used once' : `Used ${uses} times`;
}

interface ChoiceProps {
  label: string;
  options: readonly string[];
  /** The place of the chosen one. */
  value: number;
  onChange: (value: number) => void;
}

function Choice({ label, options, value, onChange }: ChoiceProps) {
  return (
    <label className="text-xs font-medium text-muted">
      {label}
      <select className="select select-sm mt-1 w-full bg-base-100 text-base-content" value={value} onChange={(event) => onChange(Number(event.target.value))}>
        {options.map((name, index) => (
          <option key={name} value={index}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
