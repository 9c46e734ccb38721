import { type AuditEntry, auditRow } from '#shared/dead-letter/audit.ts';
import type { Announcement, Decider, Rejection } from '#shared/messaging/decider.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';

/** What an operator wants of a subscriber. `watch-lanes` changes its event source mapping accordingly. */
export type Switch = {
  wanted: 'paused' | 'running';
  /** ISO 8601. */
  at: string;
  actor: string;
  reason?: string;
  /** The team or person that ends the pause. */
  owner?: string;
  /** ISO 8601: when the mapping was first seen in the wanted state. Absent: the pause or resume has not taken effect yet. */
  appliedAt?: string;
};

/**
 * The subscribers that are paused, or that run again since a few minutes ago. Any other has no entry: then its mapping may
 * be disabled by another hand, such as a restore, and is left alone.
 */
export type Pauses = { subscribers: Readonly<Record<string, Switch>> };

export const PAUSES = shapeOf<Pauses>('pauses');

/** One row for the whole stage, so one read shows every pause. */
export const PAUSES_KEY: StateKey = { tenant: '', type: PAUSES.name, id: 'stage' };

export const NO_PAUSES: Pauses = { subscribers: {} };

export type PauseCommand = {
  type: 'PauseSubscriber' | 'ResumeSubscriber';
  subscriber: string;
  reason?: string;
  owner?: string;
  auditId: string;
  actor: string;
};

type PauseEvent = { command: PauseCommand; at: string };

type PauseAnnounced = Announcement & { entry: AuditEntry };

/** Only the intent: the mapping is changed after the commit, and again until its state is the wanted one. */
export const pausesDecider: Decider<Pauses, PauseCommand, PauseEvent, undefined, PauseAnnounced> = {
  shape: PAUSES,
  decide: (command, pauses = NO_PAUSES, { now }) => {
    const rejection = refusalOf(command, pauses.subscribers[command.subscriber]);
    if (rejection) return { kind: 'rejected', rejection };
    return { kind: 'accepted', events: [{ command, at: new Date(now).toISOString() }] };
  },
  evolve: (pauses = NO_PAUSES, { command, at }) => {
    const { type, subscriber, actor, reason, owner } = command;
    const wanted = type === 'PauseSubscriber' ? 'paused' : 'running';
    const one: Switch = {
      wanted,
      at,
      actor,
      ...(reason !== undefined && { reason }),
      ...(owner !== undefined && { owner }),
    };
    return { subscribers: { ...pauses.subscribers, [subscriber]: one } };
  },
  announce: (events, _pauses, { correlationId }) => {
    const [event] = events;
    if (!event) throw new TypeError('A pause or a resume is one event.');
    const entry = entryOf(event, correlationId);
    return { messages: [], rows: [auditRow(entry)], entry };
  },
  answer: (_pauses, { entry }) => ({ ...entry }),
  due: () => undefined,
};

function refusalOf({ type, subscriber }: PauseCommand, current: Switch | undefined): Rejection | undefined {
  if (type === 'PauseSubscriber') return current?.wanted === 'paused' ? isPaused(subscriber, current) : undefined;
  return current?.wanted === 'paused' ? undefined : notPaused(subscriber);
}

const isPaused = (subscriber: string, { at, actor, reason }: Switch): Rejection => ({
  code: 'SUBSCRIBER_PAUSED',
  detail: `${subscriber} is paused since ${at} by ${actor}: ${reason}`,
  next: `Nothing. POST /subscribers/${subscriber}/resume ends the pause.`,
});

const notPaused = (subscriber: string): Rejection => ({
  code: 'SUBSCRIBER_NOT_PAUSED',
  detail: `${subscriber} is not paused.`,
  next: 'Nothing. GET /subscribers lists the subscribers and their pauses.',
});

function entryOf({ command, at }: PauseEvent, correlationId: string): AuditEntry {
  const { type, auditId, actor, subscriber, reason, owner } = command;
  const about = {
    subscriber,
    ...(reason !== undefined && { reason }),
    ...(owner !== undefined && { owner }),
  };
  return {
    ...{ auditId, at, actor, correlationId, count: 1 },
    action: type === 'PauseSubscriber' ? 'pause-subscriber' : 'resume-subscriber',
    ...about,
  };
}
