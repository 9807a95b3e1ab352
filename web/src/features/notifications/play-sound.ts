let context: AudioContext | null = null;

const notes = [
  { frequency: 660, at: 0, length: 0.14 },
  { frequency: 880, at: 0.09, length: 0.22 },
] as const;

const volume = 0.08;

/** Two soft notes, made here. Silent until the user has touched the page, as browsers demand. */
export async function playSound(): Promise<void> {
  context ??= new AudioContext();
  if (context.state === 'suspended') await context.resume();
  const now = context.currentTime;
  for (const { frequency, at, length } of notes) {
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    oscillator.type = 'sine';
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0, now + at);
    gain.gain.linearRampToValueAtTime(volume, now + at + 0.015);
    gain.gain.exponentialRampToValueAtTime(0.0001, now + at + length);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(now + at);
    oscillator.stop(now + at + length);
  }
}
