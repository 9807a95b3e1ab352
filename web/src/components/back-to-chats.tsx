import { ArrowLeft } from 'lucide-react';
import { Link } from 'react-router';
import { useGoUp } from '@/hooks/use-go-up';

/** Where there is no room for the list beside the page, the way back to it. */
export function BackToChats() {
  const goUp = useGoUp();
  return (
    <Link
      to="/"
      aria-label="Back to chats"
      className="btn btn-circle btn-ghost btn-sm size-10 md:hidden"
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        goUp('/');
      }}
    >
      <ArrowLeft className="size-5" aria-hidden="true" />
    </Link>
  );
}
