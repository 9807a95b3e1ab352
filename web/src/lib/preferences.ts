import { create } from 'zustand';
import { persist } from 'zustand/middleware';

export type ThemeChoice = 'system' | 'light' | 'dark';

interface Preferences {
  theme: ThemeChoice;
  sound: boolean;
  /** Notifications of the system; the browser must have been asked as well. */
  desktop: boolean;
  /** Whether these show what has been written. */
  preview: boolean;
  setTheme(theme: ThemeChoice): void;
  setSound(sound: boolean): void;
  setDesktop(desktop: boolean): void;
  setPreview(preview: boolean): void;
}

/** What this browser remembers. public/theme.js reads the same key before the first paint. */
export const usePreferences = create<Preferences>()(
  persist(
    (set) => ({
      theme: 'system',
      sound: true,
      desktop: false,
      preview: true,
      setTheme: (theme) => set({ theme }),
      setSound: (sound) => set({ sound }),
      setDesktop: (desktop) => set({ desktop }),
      setPreview: (preview) => set({ preview }),
    }),
    { name: 'parley.preferences', partialize: ({ theme, sound, desktop, preview }) => ({ theme, sound, desktop, preview }) },
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
