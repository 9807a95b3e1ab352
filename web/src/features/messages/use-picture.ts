import { useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import type { Attachment } from '@/lib/wire';

interface Picture {
  /** The one that is looked at. */
  picture: Attachment | null;
  open: (picture: Attachment) => void;
  close: () => void;
}

/** Which picture is looked at. It has a place in the history, so that Back closes it and leaves the chat open. */
export function usePicture(): Picture {
  const location = useLocation();
  const navigate = useNavigate();
  const [opened, setOpened] = useState<Attachment | null>(null);
  const { picture: id } = (location.state ?? {}) as { picture?: string };
  return {
    picture: opened !== null && opened.id === id ? opened : null,
    open: (picture) => {
      setOpened(picture);
      void navigate(location, { state: { picture: picture.id } });
    },
    close: () => void navigate(-1),
  };
}
