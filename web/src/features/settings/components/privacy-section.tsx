import { useState } from 'react';
import { Switch } from '@/components/ui/switch';
import { updateSelf, useSelf } from '@/hooks/session-store';
import { errorText } from '@/lib/api-error';
import { toast } from '@/lib/toasts';
import type { PresenceSettings } from '@/lib/wire';
import { updateMe } from '../api/update-me';
import { Section } from './section';

const audiences = [
  { value: 'everybody', label: 'Everybody', text: 'And you see it of everybody who shows theirs.' },
  { value: 'contacts', label: 'People I talk to', text: 'Those with whom you share a chat.' },
  { value: 'nobody', label: 'Nobody', text: 'Then you don’t see it of others either.' },
] as const;

export function PrivacySection() {
  const { settings } = useSelf();
  const { busy, change } = useSettings();
  return (
    <Section title="Privacy" text="What others can see of your being here.">
      <fieldset disabled={busy}>
        <legend className="mb-2 text-sm font-medium">Who sees when you were last here</legend>
        <div className="space-y-1">
          {audiences.map(({ value, label, text }) => (
            <label key={value} className="flex cursor-pointer items-start gap-3 rounded-box px-3 py-2 hover:bg-base-200">
              <input
                type="radio"
                name="last-seen"
                aria-label={label}
                className="radio radio-primary radio-sm mt-0.5"
                checked={settings.lastSeen === value}
                onChange={() => void change({ lastSeen: value })}
              />
              <span>
                <span className="block text-sm font-medium">{label}</span>
                <span className="block text-sm text-muted">{text}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <div className="mt-5">
        <Switch
          label="Invisible"
          text="You seem to be offline to everybody, while all works as usual."
          checked={settings.invisible}
          disabled={busy}
          onChange={(invisible) => void change({ invisible })}
        />
      </div>
    </Section>
  );
}

function useSettings() {
  const [busy, setBusy] = useState(false);
  const change = async (settings: Partial<PresenceSettings>) => {
    setBusy(true);
    try {
      updateSelf(await updateMe({ settings }));
    } catch (error) {
      toast('error', errorText(error));
    } finally {
      setBusy(false);
    }
  };
  return { busy, change };
}
