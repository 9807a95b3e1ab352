import { create } from 'zustand';
import { persist } from 'zustand/middleware';

export type ThemeChoice = 'system' | 'light' | 'dark';

interface Preferences {
  theme: ThemeChoice;
  sound: boolean;
  setTheme(theme: ThemeChoice): void;
  setSound(sound: boolean): void;
}

/** What this browser remembers. public/theme.js reads the same key before the first paint. */
export const usePreferences = create<Preferences>()(
  persist(
    (set) => ({
      theme: 'system',
      sound: true,
      setTheme: (theme) => set({ theme }),
      setSound: (sound) => set({ sound }),
    }),
    { name: 'parley.preferences', partialize: ({ theme, sound }) => ({ theme, sound }) },
  ),
);

const darkQuery = '(prefers-color-scheme: dark)';

/** Keeps the page's theme in step with the choice and the system. Returns how to stop. */
export function followTheme(): () => void {
  const media = window.matchMedia(darkQuery);
  const apply = () => {
    const { theme } = usePreferences.getState();
    const dark = theme === 'dark' || (theme === 'system' && media.matches);
    document.documentElement.dataset['theme'] = dark ? 'parley-dark' : 'parley-light';
  };
  apply();
  media.addEventListener('change', apply);
  const stop = usePreferences.subscribe(apply);
  return () => {
    media.removeEventListener('change', apply);
    stop();
  };
}
