import { beforeEach, expect, test, vi } from 'vitest';

let tones: FakeOscillator[] = [];
/** What lets the context go on, as the first click does. */
let resume = () => {};

class FakeOscillator extends EventTarget {
  frequency = { value: 0 };
  connect = () => ({ connect: () => undefined });
  start = () => tones.push(this);
  stop = () => undefined;
}

class FakeAudioContext {
  state = 'suspended';
  currentTime = 0;
  createOscillator = () => new FakeOscillator();
  createGain = () => ({ gain: { setValueAtTime: vi.fn<() => void>(), linearRampToValueAtTime: vi.fn<() => void>(), exponentialRampToValueAtTime: vi.fn<() => void>() } });
  resume = () => new Promise<void>((done) => (resume = done));
}

function end(): void {
  for (const tone of tones) tone.dispatchEvent(new Event('ended'));
}

const page = { userActivation: { hasBeenActive: false } };

async function load() {
  vi.resetModules();
  return (await import('./play-sound')).playSound;
}

beforeEach(() => {
  tones = [];
  page.userActivation.hasBeenActive = true;
  vi.stubGlobal('navigator', page);
  vi.stubGlobal('AudioContext', FakeAudioContext);
});

test('what comes before the page has been touched makes no sound, not even later', async () => {
  const playSound = await load();
  page.userActivation.hasBeenActive = false;
  for (let count = 0; count < 12; count++) await playSound();
  page.userActivation.hasBeenActive = true;
  const playing = playSound();
  resume();
  await vi.waitFor(() => expect(tones).toHaveLength(2));
  end();
  await playing;
});

test('many messages at once are one sound, and the next one comes when it is over', async () => {
  const playSound = await load();
  const all = Array.from({ length: 5 }, () => playSound());
  resume();
  await vi.waitFor(() => expect(tones).toHaveLength(2));
  all.push(playSound());
  end();
  await Promise.all(all);
  const next = playSound();
  resume();
  await vi.waitFor(() => expect(tones).toHaveLength(4));
  end();
  await next;
});
