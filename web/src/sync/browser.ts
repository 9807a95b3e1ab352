import type { DeviceSockets } from './link';

const subprotocol = 'parley.v1';

/** Opens sockets to this origin, signed in by the cookie. */
export function browserSockets(location: Location): DeviceSockets {
  const url = `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/ws`;
  return ({ onMessage, onClose }, idle) => {
    const socket = new WebSocket(idle ? `${url}?idle=true` : url, subprotocol);
    socket.addEventListener('message', (event: MessageEvent<unknown>) => {
      if (typeof event.data === 'string') onMessage(event.data);
    });
    socket.addEventListener('close', (event) => onClose(event.code));
    return {
      send(text) {
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      close: () => socket.close(1000),
    };
  };
}

interface Wakeable {
  wake(): void;
  networkChanged(): void;
  input(): void;
}

const signsOfLife = ['pointermove', 'pointerdown', 'keydown', 'wheel', 'focus'];

/** Tells `target` when the page or the network is back, and of signs that somebody is there. Returns how to stop. */
export function listenToBrowser(target: Wakeable): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  window.addEventListener('online', () => target.networkChanged(), { signal });
  for (const sign of signsOfLife) window.addEventListener(sign, () => target.input(), { signal, passive: true, capture: true });
  window.addEventListener('pageshow', () => target.wake(), { signal });
  document.addEventListener(
    'visibilitychange',
    () => {
      if (document.visibilityState === 'visible') target.wake();
    },
    { signal },
  );
  return () => controller.abort();
}
