import { Laptop, Smartphone } from 'lucide-react';
import { BusyButton } from '@/components/ui/busy-button';
import { ErrorState } from '@/components/ui/error-state';
import { RowSkeleton } from '@/components/ui/row-skeleton';
import { useFocusHeir } from '@/hooks/use-focus-heir';
import { useNow } from '@/hooks/use-now';
import { formatAgo } from '@/lib/format-time';
import type { Session } from '../api/list-sessions';
import { deviceName, isPhone } from '../device-name';
import { useSessions } from '../use-sessions';
import { Section } from './section';

export function DevicesSection() {
  const { sessions, failed, revoking, reload, revoke } = useSessions();
  return (
    <Section title="Devices" text="Where you are logged in. Logging one out takes effect at once.">
      {failed && <ErrorState title="Your devices could not be loaded" onRetry={reload} />}
      {!failed && sessions === null && <RowSkeleton rows={2} label="Loading devices" />}
      {!failed && sessions !== null && (
        <ul aria-label="Devices" className="divide-y divide-base-300/70">
          {sessions.map((session) => (
            <DeviceRow key={session.id} session={session} busy={revoking === session.id} onRevoke={() => void revoke(session)} />
          ))}
        </ul>
      )}
    </Section>
  );
}

interface DeviceRowProps {
  session: Session;
  busy: boolean;
  onRevoke: () => void;
}

function DeviceRow({ session, busy, onRevoke }: DeviceRowProps) {
  const now = useNow(60_000);
  const row = useFocusHeir<HTMLLIElement>();
  const name = deviceName(session.userAgent);
  const Icon = isPhone(session.userAgent) ? Smartphone : Laptop;
  return (
    <li ref={row} className="flex items-center gap-4 py-3.5 first:pt-0 last:pb-0">
      <span className="flex size-10 shrink-0 items-center justify-center rounded-xl bg-base-200 text-muted">
        <Icon className="size-5" aria-hidden="true" />
      </span>
      <div className="min-w-0 flex-1">
        <p className="truncate text-sm font-medium" title={session.userAgent}>
          {name}
        </p>
        <p className="text-sm text-muted">
          {session.current ? 'This device' : `Last used ${formatAgo(session.lastUsedAt, now)}`}
        </p>
      </div>
      {session.current ? (
        <span className="badge badge-soft badge-primary badge-sm">Current</span>
      ) : (
        <BusyButton aria-label={`Log out ${name}`} className="btn-sm" busy={busy} onClick={onRevoke}>
          Log out
        </BusyButton>
      )}
    </li>
  );
}
