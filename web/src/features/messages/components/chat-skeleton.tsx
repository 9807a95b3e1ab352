import { clsx } from 'clsx';

const bubbles = [
  { own: false, width: 'w-52' },
  { own: false, width: 'w-72' },
  { own: true, width: 'w-44' },
  { own: false, width: 'w-60' },
  { own: true, width: 'w-64' },
  { own: true, width: 'w-36' },
] as const;

/** Stands in for a conversation while it loads. */
export function ChatSkeleton({ bodyOnly = false }: { bodyOnly?: boolean }) {
  return (
    <div role="status" aria-label="Loading messages" className="flex min-h-0 flex-1 flex-col bg-canvas">
      {!bodyOnly && (
        <div className="flex h-16 shrink-0 items-center gap-3 border-b border-base-300/70 bg-base-100 px-5">
          <div className="skeleton size-11 rounded-full" />
          <div className="skeleton h-4 w-36 rounded-full" />
        </div>
      )}
      <div className="flex flex-1 flex-col justify-end gap-3 overflow-hidden px-6 pb-6">
        {bubbles.map(({ own, width }, index) => (
          <div key={index} className={clsx('skeleton h-10 max-w-[70%] rounded-2xl', width, own && 'self-end')} />
        ))}
      </div>
    </div>
  );
}
