import { useState } from 'react';
import { Switch } from '@/components/ui/switch';
import { askForNotices, noticePermission } from '@/lib/desktop-notices';
import { usePreferences } from '@/lib/preferences';
import { Section } from './section';

const refused = {
  unsupported: 'This browser has no notifications for this address; they need https.',
  denied: 'The browser does not allow them: change that in its settings for this site.',
} as const;

export function NotificationsSection() {
  const { sound, setSound, desktop, setDesktop, preview, setPreview } = usePreferences();
  const [permission, setPermission] = useState(noticePermission);
  const impossible = permission === 'unsupported' || permission === 'denied' ? refused[permission] : null;
  const change = async (wanted: boolean) => {
    if (!wanted) {
      setDesktop(false);
      return;
    }
    const answer = await askForNotices();
    setPermission(answer);
    setDesktop(answer === 'granted');
  };
  const on = desktop && permission === 'granted';
  return (
    <Section title="Notifications" text="For this browser only. Muted chats stay silent.">
      <div className="space-y-5">
        <Switch
          label="Desktop notifications"
          text={impossible ?? 'A note on your screen when a message arrives that you are not looking at.'}
          checked={on}
          disabled={impossible !== null}
          onChange={(wanted) => void change(wanted)}
        />
        <Switch label="Show the text" text="Otherwise notifications tell only who has written." checked={preview} disabled={!on} onChange={setPreview} />
        <Switch label="Sound" text="A soft tone when a message arrives that you are not looking at." checked={sound} onChange={setSound} />
      </div>
    </Section>
  );
}
