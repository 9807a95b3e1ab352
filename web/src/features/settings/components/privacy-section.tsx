import { clsx } from 'clsx';
import { useState } from 'react';
import { Switch } from '@/components/ui/switch';
import { updateSelf, useSelf } from '@/hooks/session-store';
import { errorText } from '@/lib/api-error';
import { toast } from '@/lib/toasts';
import type { PresenceSettings } from '@/lib/wire';
import { updateMe } from '../api/update-me';
import { Section } from './section';

const audiences = [
  { value: 'everybody', label: 'Everybody' },
  { value: 'contacts', label: 'People I talk to' },
  { value: 'nobody', label: 'Nobody' },
] as const;

export function PrivacySection() {
  const { settings } = useSelf();
  const [saving, setSaving] = useState(false);
  // Nothing is disabled meanwhile: it would lose the focus.
  const change = async (wanted: Partial<PresenceSettings>) => {
    if (saving) return;
    setSaving(true);
    try {
      updateSelf(await updateMe({ settings: wanted }));
    } catch (error) {
      toast('error', errorText(error));
    } finally {
      setSaving(false);
    }
  };
  return (
    <Section title="Privacy" text="For all your devices, within a second.">
      <fieldset className="mb-5">
        <legend className="text-sm font-medium">Who sees whether you are there, and when you were last seen</legend>
        <p className="mb-2 text-sm text-muted">You see it of others only if they may see it of you.</p>
        <div className="flex flex-wrap gap-2">
          {audiences.map(({ value, label }) => (
            <label
              key={value}
              className={clsx(
                'cursor-pointer rounded-full border px-4 py-2 text-sm font-medium has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-primary',
                settings.lastSeen === value ? 'border-primary bg-primary/8 text-primary' : 'border-base-300 hover:bg-base-200',
              )}
            >
              <input type="radio" name="last-seen" value={value} checked={settings.lastSeen === value} className="sr-only" onChange={() => void change({ lastSeen: value })} />
              {label}
            </label>
          ))}
        </div>
      </fieldset>
      <Switch
        label="Invisible"
        text="You are there, and nobody else sees it."
        checked={settings.invisible}
        onChange={(invisible) => void change({ invisible })}
      />
    </Section>
  );
}
