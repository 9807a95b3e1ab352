import { clsx } from 'clsx';
import { Monitor, Moon, Sun } from 'lucide-react';
import { usePreferences } from '@/lib/preferences';
import { Section } from './section';

const themes = [
  { value: 'system', label: 'System', icon: Monitor },
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
] as const;

export function AppearanceSection() {
  const { theme, setTheme } = usePreferences();
  return (
    <Section title="Appearance" text="For this browser only.">
      <fieldset>
        <legend className="mb-2 text-sm font-medium">Theme</legend>
        <div className="grid grid-cols-3 gap-2">
          {themes.map(({ value, label, icon: Icon }) => (
            <label
              key={value}
              className={clsx(
                'relative flex cursor-pointer flex-col items-center gap-2 rounded-2xl border px-3 py-4 text-sm font-medium transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-primary',
                theme === value ? 'border-primary bg-primary/8 text-primary' : 'border-base-300 hover:bg-base-200',
              )}
            >
              <input type="radio" name="theme" value={value} checked={theme === value} className="sr-only" onChange={() => setTheme(value)} />
              <Icon className="size-5" aria-hidden="true" />
              {label}
            </label>
          ))}
        </div>
      </fieldset>
    </Section>
  );
}
