import type { LoggedNotification } from '#shared/message-log/ports.ts';
import type { OutboxRecord } from '#shared/once/ports.ts';
import { inCausalOrder, type Placed } from './causal-order.ts';
import { notificationEntries } from './notification-entries.ts';
import { type Entry, type EventNames, recordEntries } from './record-entries.ts';
import type { TimelineEntry } from './responses.ts';

/** What is stored about a subject: the commands with their messages, and the notifications. In any order. */
export type History = { records: readonly OutboxRecord[]; notifications: readonly LoggedNotification[] };

/** What happened to a subject, by time and with a cause before its effect. */
export function timelineOf({ records, notifications }: History, names: EventNames): Placed<TimelineEntry>[] {
  const steps = notifications.flatMap(notificationEntries);
  const causes = causesOfMessages(steps);
  const entries = records
    .flatMap((record) => recordEntries(record, names))
    .map((entry) => ({
      ...entry,
      after: [...(entry.after ?? []), ...messagesOf(entry).flatMap((name) => causes.get(name) ?? [])],
    }));
  return inCausalOrder([...entries, ...steps]).map(({ entry, place }) => {
    const { after: _after, rank: _rank, messages: _messages, ...shown } = entry;
    return { entry: shown, place };
  });
}

/** The first step of each notification that causes a message of each type: every type is announced by the first one. */
function causesOfMessages(steps: readonly Entry[]): Map<string, string> {
  const causes = new Map<string, string>();
  const byTime = [...steps].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  for (const step of byTime) for (const name of messagesOf(step)) if (!causes.has(name)) causes.set(name, step.id);
  return causes;
}

/** The messages of an entry that are about a notification. */
const messagesOf = ({ notificationId, messages = [] }: Entry): string[] =>
  notificationId === undefined ? [] : messages.map((type) => `${notificationId} ${type}`);
