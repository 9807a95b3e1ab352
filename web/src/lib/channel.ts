/** Messages between the tabs of this origin. A tab does not hear itself. */
export interface TabChannel<T> {
  post(message: T): void;
  /** Returns how to stop listening. */
  listen(handler: (message: T) => void): () => void;
  close(): void;
}

/** A channel over BroadcastChannel, or one that says and hears nothing where that is missing. */
export function openTabChannel<T>(name: string): TabChannel<T> {
  if (typeof BroadcastChannel === 'undefined') return silentChannel();
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    listen(handler) {
      const onMessage = (event: MessageEvent<T>) => handler(event.data);
      channel.addEventListener('message', onMessage);
      return () => channel.removeEventListener('message', onMessage);
    },
    close: () => channel.close(),
  };
}

export function silentChannel<T>(): TabChannel<T> {
  return { post: () => undefined, listen: () => () => undefined, close: () => undefined };
}
