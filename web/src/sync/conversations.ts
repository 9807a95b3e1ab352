import type { Conversation, LogEvent } from '@/lib/wire';
import { createReplica, ingest, mergeSummary, type Replica } from './replica';
import { withEntry, withMember, type SyncStore } from './state';

/** Hears of entries that took effect; `live` if they came over the socket as they happened. */
export type AppliedHandler = (replica: Replica, events: readonly LogEvent[], live: boolean) => void;

/** The replicas in the store, and the only code that changes them. */
export class Conversations {
  constructor(
    private readonly store: SyncStore,
    private readonly onApplied: AppliedHandler,
    /** Hears of a summary from before a change of details that has been applied; another one is due. */
    private readonly onOutdated: (id: string) => void,
  ) {}

  get self(): string {
    return this.store.getState().self;
  }

  get(id: string): Replica | undefined {
    return this.store.getState().conversations.get(id);
  }

  all(): Replica[] {
    return [...this.store.getState().conversations.values()];
  }

  /** Changes one replica, if it is there. */
  change(id: string, change: (replica: Replica) => Replica): void {
    const replica = this.get(id);
    if (replica === undefined) return;
    const next = change(replica);
    if (next !== replica) this.store.setState(({ conversations }) => ({ conversations: withEntry(conversations, id, next) }));
  }

  /** Takes in summaries from the server: new conversations appear, known ones are merged. */
  merge(summaries: readonly Conversation[]): void {
    if (summaries.length === 0) return;
    const conversations = new Map(this.store.getState().conversations);
    let { missing, unreachable } = this.store.getState();
    for (const summary of summaries) {
      const known = conversations.get(summary.id);
      const whole = wholeSummary(summary);
      conversations.set(summary.id, known === undefined ? createReplica(whole) : mergeSummary(known, whole, this.self));
      missing = withMember(missing, summary.id, false);
      unreachable = withMember(unreachable, summary.id, false);
    }
    this.store.setState({ conversations, missing, unreachable });
    for (const { id, lastSeq } of summaries) if (lastSeq < (conversations.get(id)?.revised ?? 0)) this.onOutdated(id);
  }

  /** Takes in entries of one known conversation. */
  ingest(id: string, events: readonly LogEvent[], live: boolean): void {
    const before = this.get(id);
    if (before === undefined || events.length === 0) return;
    const { replica, applied } = ingest(before, events, this.self);
    this.change(id, () => replica);
    if (applied.length > 0) this.onApplied(replica, applied, live);
  }

  remove(ids: readonly string[]): void {
    if (ids.length === 0) return;
    const conversations = new Map(this.store.getState().conversations);
    for (const id of ids) conversations.delete(id);
    this.store.setState({ conversations });
  }

  /** Says that a conversation does not exist for this user. */
  gone(id: string): void {
    this.remove([id]);
    this.store.setState(({ missing, unreachable }) => ({
      missing: withMember(missing, id, true),
      unreachable: withMember(unreachable, id, false),
    }));
  }

  /** Says that a conversation could not be loaded for now. */
  unreachable(id: string): void {
    this.store.setState(({ unreachable }) => ({ unreachable: withMember(unreachable, id, true) }));
  }
}

/** The summary with what a server of an older version leaves out. */
function wholeSummary(summary: Conversation): Conversation {
  const members = summary.members.map((member) => ({ ...member, deliveredSeq: member.deliveredSeq ?? 0 }));
  return { ...absent, ...summary, members };
}

const absent = { description: null, archived: false, pinned: false, markedUnread: false, mentions: 0 };
