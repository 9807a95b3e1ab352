import { useId, type ReactNode } from 'react';

interface SectionProps {
  title: string;
  text: string;
  children: ReactNode;
}

/** One topic of the settings. */
export function Section({ title, text, children }: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="rounded-3xl border border-base-300/60 bg-base-100 p-5 sm:p-7">
      <h2 id={id} className="font-semibold">
        {title}
      </h2>
      <p className="mt-0.5 mb-5 text-sm text-muted">{text}</p>
      {children}
    </section>
  );
}
