import { Check, CheckCheck, CircleAlert, Clock3 } from 'lucide-react';
import type { Delivery } from '../timeline';

const marks = {
  queued: { icon: Clock3, label: 'Waiting to be sent' },
  sending: { icon: Clock3, label: 'Sending' },
  sent: { icon: Check, label: 'Sent' },
  delivered: { icon: CheckCheck, label: 'Delivered' },
  read: { icon: CheckCheck, label: 'Read' },
  failed: { icon: CircleAlert, label: 'Not sent' },
} as const;

/** How far an own message has come, as one small mark. */
export function MessageStatus({ delivery }: { delivery: Delivery }) {
  const { icon: Icon, label } = marks[delivery];
  return (
    <span role="img" aria-label={label} title={label} className={delivery === 'read' ? 'text-bubble-read' : 'opacity-85'}>
      <Icon className="size-3.5" strokeWidth={2.25} aria-hidden="true" />
    </span>
  );
}
