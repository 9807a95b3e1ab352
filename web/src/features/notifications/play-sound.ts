let context: AudioContext | null = null;
let playing: Promise<void> | null = null;

const notes = [
  { frequency: 660, at: 0, length: 0.14 },
  { frequency: 880, at: 0.09, length: 0.22 },
] as const;

const volume = 0.08;

/**
 * Two soft notes, made here. Silent until the user has touched the page, as browsers demand: they would keep each sound back
 * until then, and play all at once. For the same reason there is no second one before the first is over.
 */
export async function playSound(): Promise<void> {
  if (navigator.userActivation?.hasBeenActive === false) return;
  playing ??= play().finally(() => {
    playing = null;
  });
  await playing;
}

async function play(): Promise<void> {
  context ??= new AudioContext();
  const on = context;
  if (on.state === 'suspended') await on.resume();
  const start = on.currentTime;
  await Promise.all(notes.map((note) => playNote(on, note, start)));
}

function playNote(on: AudioContext, { frequency, at, length }: (typeof notes)[number], start: number): Promise<void> {
  const from = start + at;
  const oscillator = on.createOscillator();
  const gain = on.createGain();
  oscillator.type = 'sine';
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, from);
  gain.gain.linearRampToValueAtTime(volume, from + 0.015);
  gain.gain.exponentialRampToValueAtTime(0.0001, from + length);
  oscillator.connect(gain).connect(on.destination);
  oscillator.start(from);
  oscillator.stop(from + length);
  return new Promise((ended) => oscillator.addEventListener('ended', () => ended(), { once: true }));
}
