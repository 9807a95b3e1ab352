import { noticePermission } from '@/lib/desktop-notices';

interface Notice {
  title: string;
  text: string;
  icon: string;
  /** A newer notice of the same tag takes its place. */
  tag: string;
  onOpen: () => void;
}

/** A notification of the system, if the user has allowed them. */
export function showNotice({ title, text, icon, tag, onOpen }: Notice): void {
  if (noticePermission() !== 'granted') return;
  try {
    const notice = new Notification(title, { body: text, icon, tag });
    notice.addEventListener('click', () => {
      window.focus();
      onOpen();
      notice.close();
    });
  } catch {
    // Some browsers of phones have them for service workers only.
  }
}
