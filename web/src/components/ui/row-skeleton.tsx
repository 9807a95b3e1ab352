interface RowSkeletonProps {
  rows: number;
  label: string;
}

/** Stands in for a list of people or chats while it loads. */
export function RowSkeleton({ rows, label }: RowSkeletonProps) {
  return (
    <div role="status" aria-label={label} className="px-2">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex items-center gap-3 px-3 py-3">
          <div className="skeleton size-11 shrink-0 rounded-full" />
          <div className="flex-1 space-y-2">
            <div className="skeleton h-3.5 rounded-full" style={{ width: `${38 + ((row * 17) % 30)}%` }} />
            <div className="skeleton h-3 rounded-full" style={{ width: `${55 + ((row * 23) % 35)}%` }} />
          </div>
        </div>
      ))}
    </div>
  );
}
