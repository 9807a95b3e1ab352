import { Spinner } from '@/components/ui/spinner';

export function SplashScreen() {
  return (
    <div className="flex h-full flex-col items-center justify-center gap-6 bg-canvas">
      <img src="/favicon.svg" alt="" className="size-14" />
      <Spinner label="Loading Parley" />
    </div>
  );
}
