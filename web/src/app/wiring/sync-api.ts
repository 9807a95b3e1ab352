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

/** The sync core's HTTP calls, over the app's HTTP client. */
export const syncApi: SyncApi = {
  async sync(cursors) {
    const { data } = await http.post<Raw<SyncAnswer, 'events'>>('/sync', { conversations: cursors });
    const events = Object.entries(data.events ?? {}).map(([id, list]) => [id, decodeEvents(list)] as const);
    return { ...data, events: Object.fromEntries(events), reads: data.reads ?? {} };
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
  async messages(conversationId, before) {
    const params = { limit: limits.page, ...(before === null ? {} : { before }) };
    const { data } = await http.get<MessagePage>(`${pathOf(conversationId)}/messages`, { params });
    return data;
  },
  async send(conversationId, message) {
    const { data } = await http.post<{ message: Message }>(`${pathOf(conversationId)}/messages`, message);
    return data.message;
  },
  async markRead(conversationId, seq) {
    await http.post(`${pathOf(conversationId)}/read`, { seq });
  },
  async checkSession() {
    await fetchMe();
  },
};
