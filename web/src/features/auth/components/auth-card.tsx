import { useEffect, type ReactNode } from 'react';
import { Brand } from '@/components/ui/brand';

interface AuthCardProps {
  title: string;
  subtitle: string;
  notice: string | null;
  footer: ReactNode;
  children: ReactNode;
}

/** The frame of the pages before sign-in. */
export function AuthCard({ title, subtitle, notice, footer, children }: AuthCardProps) {
  useEffect(() => {
    document.title = `${title} · Parley`;
  }, [title]);
  return (
    <main className="flex min-h-full flex-col items-center justify-center bg-canvas px-4 py-10">
      <div className="w-full max-w-sm">
        <div className="mb-8 flex justify-center">
          <Brand large />
        </div>
        <div className="rounded-3xl border border-base-300/60 bg-base-100 p-6 shadow-sm sm:p-8">
          <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
          <p className="mt-1 mb-6 text-sm text-muted">{subtitle}</p>
          {notice !== null && (
            <p role="status" className="mb-5 rounded-field bg-info/10 px-4 py-3 text-sm">
              {notice}
            </p>
          )}
          {children}
        </div>
        <p className="mt-6 text-center text-sm text-muted">{footer}</p>
      </div>
    </main>
  );
}
