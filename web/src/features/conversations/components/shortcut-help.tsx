import { Dialog } from '@/components/ui/dialog';

const command = /Mac|iP(hone|ad)/u.test(navigator.userAgent) ? '⌘' : 'Ctrl';

const shortcuts: readonly [keys: readonly string[], does: string][] = [
  [[command, 'K'], 'Go to a chat or a person'],
  [[command, 'Shift', 'F'], 'Search people, chats and messages'],
  [['Alt', '↓'], 'Next chat'],
  [['Alt', '↑'], 'Previous chat'],
  [['Enter'], 'Send the message'],
  [['Shift', 'Enter'], 'New line'],
  [['Esc'], 'Close what is open'],
  [[command, '/'], 'This list'],
];

/** What the keyboard can do. */
export function ShortcutHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl className="divide-y divide-base-300/70">
        {shortcuts.map(([keys, does]) => (
          <div key={does} className="flex items-center justify-between gap-4 py-2.5">
            <dt className="text-sm">{does}</dt>
            <dd className="flex shrink-0 gap-1">
              {keys.map((key) => (
                <kbd key={key} className="kbd kbd-sm">
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
