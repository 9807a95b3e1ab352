import { fetchMe } from '@/features/auth/api/fetch-me';
import { http } from '@/lib/http';
import { limits, type Conversation, type LogEvent, type Message, type MessagePage } from '@/lib/wire';
import type { EventsAnswer, SyncAnswer, SyncApi } from '@/sync/api';
import { decodeEvent } from '@/sync/frames';

const eventsPage = 100;

type Raw<T, K extends keyof T> = Omit<T, K> & Record<K, unknown>;

function decodeEvents(raw: unknown): LogEvent[] {
  return Array.isArray(raw) ? raw.flatMap((value) => decodeEvent(value) ?? []) : [];
}

function pathOf(conversationId: string): string {
  return `/conversations/${encodeURIComponent(conversationId)}`;
}

function messagePath(conversationId: string, messageId: string): string {
  return `${pathOf(conversationId)}/messages/${encodeURIComponent(messageId)}`;
}

/** The sync core's HTTP calls, over the app's HTTP client. */
export const syncApi: SyncApi = {
  async sync(cursors) {
    const { data } = await http.post<Raw<SyncAnswer, 'events'>>('/sync', { conversations: cursors });
    const events = Object.entries(data.events ?? {}).map(([id, list]) => [id, decodeEvents(list)] as const);
    return { ...data, events: Object.fromEntries(events), reads: data.reads ?? {}, delivered: data.delivered ?? {}, settings: data.settings ?? {} };
  },
  async events(conversationId, after) {
    const { data } = await http.get<Raw<EventsAnswer, 'events'>>(`${pathOf(conversationId)}/events`, {
      params: { after, limit: eventsPage },
    });
    return { ...data, events: decodeEvents(data.events) };
  },
  async conversations(cursor) {
    const { data } = await http.get<{ conversations: Conversation[]; nextCursor: string | null }>('/conversations', {
      params: cursor === null ? {} : { cursor },
    });
    return data;
  },
  async conversation(id) {
    const { data } = await http.get<{ conversation: Conversation }>(pathOf(id));
    return data.conversation;
  },
  async messages(conversationId, place) {
    const params = { limit: limits.page, ...(place === 'latest' ? {} : place) };
    const { data } = await http.get<Omit<MessagePage, 'notices'> & { notices?: unknown[] }>(`${pathOf(conversationId)}/messages`, { params });
    return { ...data, notices: decodeEvents(data.notices ?? []) };
  },
  async send(conversationId, message) {
    const { data } = await http.post<{ message: Message }>(`${pathOf(conversationId)}/messages`, message);
    return data.message;
  },
  async edit(conversationId, messageId, text) {
    await http.patch(messagePath(conversationId, messageId), { text });
  },
  async remove(conversationId, messageId) {
    await http.delete(messagePath(conversationId, messageId));
  },
  async react(conversationId, messageId, emoji, on) {
    await http.request({ method: on ? 'PUT' : 'DELETE', url: `${messagePath(conversationId, messageId)}/reactions/${encodeURIComponent(emoji)}` });
  },
  async pin(conversationId, messageId, on) {
    await http.request({ method: on ? 'PUT' : 'DELETE', url: `${messagePath(conversationId, messageId)}/pin` });
  },
  async settings(conversationId, change) {
    const { data } = await http.patch<{ conversation: Conversation }>(`${pathOf(conversationId)}/settings`, change);
    return data.conversation;
  },
  async markDelivered(positions) {
    await http.post('/delivered', { conversations: positions });
  },
  async markRead(conversationId, seq) {
    await http.post(`${pathOf(conversationId)}/read`, { seq });
  },
  async checkSession() {
    await fetchMe();
  },
};
