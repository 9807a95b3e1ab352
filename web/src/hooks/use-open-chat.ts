import { useState } from 'react';
import { useNavigate } from 'react-router';
import { errorText } from '@/lib/api-error';
import { openDirect } from '@/lib/open-direct';
import { toast } from '@/lib/toasts';
import { useSyncClient } from './sync-context';

interface OpenChat {
  /** The user whose chat is being opened. */
  openingId: string | null;
  /** Opens the chat with a user, which is made if there is none. False if it failed. */
  open: (userId: string) => Promise<boolean>;
}

export function useOpenChat(): OpenChat {
  const client = useSyncClient();
  const navigate = useNavigate();
  const [openingId, setOpeningId] = useState<string | null>(null);
  const open = async (userId: string) => {
    setOpeningId(userId);
    try {
      const conversation = await openDirect(userId);
      client.adopt(conversation);
      await navigate(`/c/${conversation.id}`);
      return true;
    } catch (error) {
      toast('error', errorText(error));
      return false;
    } finally {
      setOpeningId(null);
    }
  };
  return { openingId, open };
}
