import { toast } from './toasts';

/** Puts text on the clipboard, and says so. */
export async function copyText(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast('info', done);
  } catch {
    // Without https there is no clipboard, and browsers may ask the user and be told no.
    toast('error', 'The browser does not let this page copy.');
  }
}
