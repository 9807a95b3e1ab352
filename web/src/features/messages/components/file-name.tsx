/** A file's name in one line: where it has to be cut, its ending stays. */
export function FileName({ name }: { name: string }) {
  const tail = name.length > 16 ? 8 : 0;
  const cut = name.length - tail;
  return (
    <span className="flex min-w-0 font-medium" title={name} dir="ltr">
      <span className="truncate whitespace-pre">{name.slice(0, cut)}</span>
      {tail > 0 && <span className="shrink-0 whitespace-pre">{name.slice(cut)}</span>}
    </span>
  );
}
