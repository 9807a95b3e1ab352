import { formatFull } from '@/lib/format-time';

/** A line between the messages: who came, who left, what changed. */
export function NoticeRow({ text, at }: { text: string; at: string }) {
  return (
    <p className="mx-auto max-w-md px-6 pt-3 pb-1 text-center text-xs break-words text-muted" title={formatFull(at)}>
      {text}
    </p>
  );
}
