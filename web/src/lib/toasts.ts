import { create } from 'zustand';

export interface Toast {
  id: number;
  kind: 'error' | 'info';
  text: string;
}

interface Toasts {
  toasts: readonly Toast[];
  dismiss(id: number): void;
}

const shownFor = 6_000;
const atOnce = 3;
let nextId = 1;

export const useToasts = create<Toasts>()((set) => ({
  toasts: [],
  dismiss: (id) => set(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) })),
}));

/** Shows a short notice, which goes by itself. */
export function toast(kind: Toast['kind'], text: string): void {
  const id = nextId++;
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts.slice(1 - atOnce), { id, kind, text }] }));
  setTimeout(() => useToasts.getState().dismiss(id), shownFor);
}
