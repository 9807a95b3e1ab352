import { useCallback, useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import { loadable, MissingDialog } from '@/components/loadable';
import { useSyncClient } from '@/hooks/sync-context';
import { useOpenConversation } from '@/hooks/use-open-conversation';
import { neighbourOf } from '../neighbour';

const Switcher = loadable(async () => (await import('./switcher')).Switcher, MissingDialog);
const ShortcutHelp = loadable(async () => (await import('./shortcut-help')).ShortcutHelp, MissingDialog);

/** What the keyboard does anywhere in the app: go to a chat, the next and the previous one, search, help. */
export function Shortcuts() {
  const [shown, setShown] = useState<'switcher' | 'help' | null>(null);
  const step = useStep();
  const navigate = useNavigate();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const action = actionOf(event);
      if (action === null) return;
      // Nor does the browser do what it has on the same keys.
      event.preventDefault();
      if (document.querySelector('dialog[open]') !== null) return;
      if (action === 'next') step(1);
      else if (action === 'previous') step(-1);
      else if (action === 'search') void navigate('/search');
      else setShown((now) => (now === action ? now : action));
    };
    const controller = new AbortController();
    window.addEventListener('keydown', onKeyDown, { signal: controller.signal });
    return () => controller.abort();
  }, [step, navigate]);
  const close = () => setShown(null);
  return (
    <>
      {shown === 'switcher' && <Switcher.Part onClose={close} />}
      {shown === 'help' && <ShortcutHelp.Part onClose={close} />}
    </>
  );
}

type Action = 'switcher' | 'search' | 'help' | 'next' | 'previous';

function actionOf(event: KeyboardEvent): Action | null {
  const { key, altKey, shiftKey } = event;
  const command = event.ctrlKey || event.metaKey;
  if (command && !altKey && !shiftKey && key.toLowerCase() === 'k') return 'switcher';
  if (command && !altKey && shiftKey && key.toLowerCase() === 'f') return 'search';
  if (command && !altKey && key === '/') return 'help';
  if (!command && !altKey && key === '?' && !isWriting(event.target)) return 'help';
  if (altKey && !command && !shiftKey && key === 'ArrowDown') return 'next';
  return altKey && !command && !shiftKey && key === 'ArrowUp' ? 'previous' : null;
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'));
}

function useStep(): (by: 1 | -1) => void {
  const client = useSyncClient();
  const navigate = useNavigate();
  const openId = useOpenConversation();
  return useCallback(
    (by) => {
      const id = neighbourOf(client.store.getState(), openId, by);
      if (id !== null) void navigate(`/c/${id}`);
    },
    [client, navigate, openId],
  );
}
