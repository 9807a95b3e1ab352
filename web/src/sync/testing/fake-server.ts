import { ApiError } from '@/lib/api-error';
import type { Conversation, LogEvent, Message, MessagePage, NewMessage } from '@/lib/wire';
import type { EventsAnswer, PagePlace, SyncAnswer, SyncApi } from '@/sync/api';
import { foldMessage } from '@/sync/message-fold';
import { act, created, peer, sampleConversation, sampleMember, sampleMessage, self } from './samples';

/** Answers of at most this many messages or entries. */
const page = 5;

/**
 * The server as its contract describes it, in memory: logs without holes, sends that are
 * idempotent by clientId, and the answers that a client catches up with.
 */
export class FakeServer implements SyncApi {
  /** More entries than this are not sent by sync or events: the client must reload. */
  resetBeyond = 12;
  /** Each call takes the first of these; 'lost' does the work but loses the answer. */
  readonly faults: (ApiError | 'lost')[] = [];
  readonly calls: string[] = [];
  private readonly logs = new Map<string, LogEvent[]>();
  private readonly groups = new Map<string, { title: string | null; members: string[] }>();
  private readonly readSeqs = new Map<string, number>();
  private onEntry: (event: LogEvent) => void = () => undefined;

  constructor(ids: readonly string[] = ['c1']) {
    for (const id of ids) this.create(id);
  }

  /** Hears of every entry, as a gateway does. */
  listen(onEntry: (event: LogEvent) => void): void {
    this.onEntry = onEntry;
  }

  create(id: string): void {
    this.append(id, { type: 'conversation.created', conversationId: id, seq: 1, ...act });
  }

  /** The other one writes. */
  write(id: string, text: string, senderId = peer): Message {
    const seq = this.log(id).length + 1;
    const message = sampleMessage(seq, { id: `${id}-${seq}`, conversationId: id, senderId, clientId: `${senderId}-${seq}`, text });
    this.append(id, created(message));
    return message;
  }

  /** A message gets an asterisk, if there is one at that seq. */
  revise(id: string, target: number): void {
    const message = this.current(id).find((candidate) => candidate.seq === target);
    if (message === undefined || message.deletedAt !== null) return;
    const edited = { ...message, text: `${message.text}*`, editedAt: message.createdAt };
    this.append(id, { ...this.next(id), type: 'message.updated', message: edited });
  }

  /** Somebody does something to the message at that seq, if there is one. */
  touch(id: string, target: number, what: 'delete' | 'pin' | 'unpin' | 'react' | 'unreact', userId = peer): void {
    const message = this.current(id).find((candidate) => candidate.seq === target);
    if (message === undefined || message.deletedAt !== null) return;
    const entry = { ...this.next(id), ...act, messageId: message.id };
    if (what === 'delete') this.append(id, { ...entry, type: 'message.deleted' });
    if (what === 'pin') this.append(id, { ...entry, type: 'message.pinned' });
    if (what === 'unpin') this.append(id, { ...entry, type: 'message.unpinned' });
    if (what === 'react') this.append(id, { ...entry, type: 'reaction.added', userId, emoji: '🎉' });
    if (what === 'unreact') this.append(id, { ...entry, type: 'reaction.removed', userId, emoji: '🎉' });
  }

  /** The title changes, or a member joins or leaves. */
  regroup(id: string, what: 'title' | 'join' | 'leave'): void {
    const group = this.groups.get(id) ?? { title: null, members: [] };
    const entry = { ...this.next(id), ...act };
    const userId = `guest-${entry.seq}`;
    if (what === 'title') {
      this.groups.set(id, { ...group, title: `Title ${entry.seq}` });
      this.append(id, { ...entry, type: 'conversation.updated', changes: { title: `Title ${entry.seq}` } });
    }
    if (what === 'join') {
      this.groups.set(id, { ...group, members: [...group.members, userId] });
      this.append(id, { ...entry, type: 'member.added', userId, role: 'member' });
    }
    const [first, ...others] = group.members;
    if (what === 'leave' && first !== undefined) {
      this.groups.set(id, { ...group, members: others });
      this.append(id, { ...entry, type: 'member.removed', userId: first });
    }
  }

  /** The messages as they are now. */
  current(id: string): Message[] {
    const messages = new Map<string, Message>();
    for (const event of this.log(id)) {
      if (event.type === 'message.created') messages.set(event.message.id, event.message);
      else for (const [key, message] of messages) messages.set(key, foldMessage(message, event));
    }
    return [...messages.values()].toSorted((a, b) => a.seq - b.seq);
  }

  unread(id: string): number {
    const read = this.readSeqs.get(id) ?? 1;
    return this.current(id).filter((message) => message.senderId !== self && message.seq > read).length;
  }

  async sync(cursors: Record<string, number>): Promise<SyncAnswer> {
    return this.answer('sync', () => {
      const answer: SyncAnswer = { conversations: [], events: {}, reads: {}, delivered: {}, settings: {}, removed: [], reset: [], resetAll: false };
      for (const id of this.logs.keys()) this.addChanges(answer, id, cursors[id]);
      return answer;
    });
  }

  async events(id: string, after: number): Promise<EventsAnswer> {
    return this.answer('events', () => {
      const missed = this.log(id).slice(after);
      const reset = missed.length > this.resetBeyond;
      return { events: reset ? [] : missed.slice(0, page), lastSeq: this.log(id).length, reset };
    });
  }

  async conversations(): Promise<{ conversations: Conversation[]; nextCursor: string | null }> {
    return this.answer('conversations', () => ({
      conversations: [...this.logs.keys()].map((id) => this.summary(id)),
      nextCursor: null,
    }));
  }

  async conversation(id: string): Promise<Conversation> {
    return this.answer('conversation', () => this.summary(id));
  }

  async messages(id: string, place: PagePlace): Promise<MessagePage> {
    return this.answer('messages', () => {
      const all = this.current(id);
      const end = endOf(all, place);
      const start = Math.max(0, typeof place === 'object' && 'after' in place ? all.findIndex(({ seq }) => seq > place.after) : end - page);
      return { messages: all.slice(start, end), hasMoreBefore: start > 0, hasMoreAfter: end < all.length };
    });
  }

  async edit(): Promise<void> {
    await this.answer('edit', () => undefined);
  }

  async remove(): Promise<void> {
    await this.answer('remove', () => undefined);
  }

  async react(id: string, messageId: string, _: string, on: boolean): Promise<void> {
    await this.answer('react', () => {
      const target = this.current(id).find((message) => message.id === messageId);
      if (target !== undefined) this.touch(id, target.seq, on ? 'react' : 'unreact', self);
    });
  }

  async pin(): Promise<void> {
    await this.answer('pin', () => undefined);
  }

  async settings(id: string): Promise<Conversation> {
    return this.answer('settings', () => this.summary(id));
  }

  async markDelivered(positions: Record<string, number>): Promise<void> {
    await this.answer(`delivered ${JSON.stringify(positions)}`, () => undefined);
  }

  async send(id: string, { clientId, text }: NewMessage): Promise<Message> {
    return this.answer(`send ${text ?? ''}`, () => {
      const known = this.current(id).find((message) => message.senderId === self && message.clientId === clientId);
      if (known !== undefined) return known;
      const seq = this.log(id).length + 1;
      const message = sampleMessage(seq, { id: `${id}-${seq}`, conversationId: id, senderId: self, clientId, text: text ?? '' });
      this.append(id, created(message));
      return message;
    });
  }

  async markRead(id: string, seq: number): Promise<void> {
    await this.answer('read', () => this.readSeqs.set(id, Math.max(seq, this.readSeqs.get(id) ?? 1)));
  }

  async checkSession(): Promise<void> {
    await this.answer('check', () => undefined);
  }

  private addChanges(answer: SyncAnswer, id: string, cursor: number | undefined): void {
    const missed = cursor === undefined ? [] : this.log(id).slice(cursor);
    if (cursor !== undefined && missed.length === 0) {
      answer.reads[id] = { [self]: this.readSeqs.get(id) ?? 1 };
      return;
    }
    answer.conversations.push(this.summary(id));
    if (missed.length > this.resetBeyond) answer.reset.push(id);
    else if (missed.length > 0) answer.events[id] = missed;
  }

  private async answer<T>(call: string, work: () => T): Promise<T> {
    this.calls.push(call);
    const fault = this.faults.shift();
    if (fault instanceof ApiError) throw fault;
    const result = work();
    // The answer takes a moment, in which other things happen.
    await Promise.resolve();
    if (fault === 'lost') throw new ApiError('lost', 'network', 0, '');
    return result;
  }

  summary(id: string): Conversation {
    const last = this.current(id).at(-1) ?? null;
    const { title, members } = this.groups.get(id) ?? { title: null, members: [] };
    const { members: both } = sampleConversation();
    const guests = members.map((userId) => sampleMember(userId));
    return sampleConversation({
      id,
      title,
      members: [...both, ...guests],
      memberCount: both.length + guests.length,
      lastSeq: this.log(id).length,
      lastMessage: last,
      readSeq: this.readSeqs.get(id) ?? 1,
      unread: this.unread(id),
      lastActivityAt: this.log(id).reduce(activityAfter, '2026-03-02T10:00:00.000Z'),
    });
  }

  private next(id: string): { conversationId: string; seq: number } {
    return { conversationId: id, seq: this.log(id).length + 1 };
  }

  private log(id: string): LogEvent[] {
    const log = this.logs.get(id);
    if (log === undefined) throw new ApiError('No such conversation', 'http', 404, 'not_found');
    return log;
  }

  private append(id: string, event: LogEvent): void {
    this.logs.set(id, [...(this.logs.get(id) ?? []), event]);
    this.onEntry(event);
  }
}

function activityAfter(before: string, event: LogEvent): string {
  if (event.type === 'message.created') return event.message.createdAt;
  return event.type === 'member.added' ? event.at : before;
}

/** Where a page ends among all messages. */
function endOf(all: readonly Message[], place: PagePlace): number {
  if (place === 'latest') return all.length;
  const from = (index: number) => (index < 0 ? all.length : index);
  if ('before' in place) return from(all.findIndex(({ seq }) => seq >= place.before));
  if ('after' in place) return Math.min(all.length, from(all.findIndex(({ seq }) => seq > place.after)) + page);
  const target = all.findIndex(({ id, seq }) => id === place.around || seq === place.around);
  return target < 0 ? all.length : Math.min(all.length, target + Math.ceil(page / 2));
}
