import { type Decider, NOTHING_ANNOUNCED } from '#shared/messaging/decider.ts';
import type { Due } from '#shared/messaging/due.ts';
import {
  ERASURE,
  ERASURE_DUE,
  type Erasure,
  type ErasureScope,
  FIRST_WALK_MS,
  MOST_NAMED,
  nextWalk,
  recentOf,
  type Walk,
  walkOf,
  withoutProgress,
} from './erasure.ts';

export type ErasureCommand =
  | { type: 'StartErasure'; scope: ErasureScope; correlationId: string }
  /** A sender found a notification that the erasure should have erased. */
  | { type: 'NameNotification'; notificationId: string }
  /** A redrive of the dead letter about this notification: it is visited at once, also if it could not be read before. */
  | { type: 'VisitAgain'; notificationId: string };

export type ErasureEvent =
  | { type: 'ErasureStarted'; scope: ErasureScope; correlationId: string; at: string; dueAt: number }
  | { type: 'ErasureExtended'; at: string; dueAt: number }
  | { type: 'NotificationNamed'; notificationId: string; dueAt: number };

/** A running erasure continues up to the moved bound. A finished one starts again, because there is newer data. */
export const erasureDecider: Decider<Erasure, ErasureCommand, ErasureEvent> = {
  shape: ERASURE,
  decide: (command, erasure, { now }) => {
    if (command.type === 'NameNotification') return accept(erasure ? named(command.notificationId, erasure, now) : []);
    if (command.type === 'VisitAgain') return accept(again(command.notificationId, erasure, now));
    const at = new Date(now).toISOString();
    const dueAt = now + FIRST_WALK_MS;
    const { scope, correlationId } = command;
    if (erasure?.status !== 'RUNNING') return accept([{ type: 'ErasureStarted', scope, correlationId, at, dueAt }]);
    // The request's clock is behind: the bound covers it already.
    if (at <= erasure.requestedAt) return accept([]);
    return accept([{ type: 'ErasureExtended', at, dueAt: Math.min(erasure.dueAt, dueAt) }]);
  },
  evolve: (erasure, event) => {
    if (event.type === 'ErasureStarted') return started(erasure, event);
    if (!erasure) throw new Error('An erasure begins with a request.');
    if (event.type === 'ErasureExtended') return extended(erasure, event);
    const { notificationId, dueAt } = event;
    const others = erasure.named?.filter((one) => one.notificationId !== notificationId) ?? [];
    const all = [...others, { notificationId }];
    if (erasure.status === 'RUNNING') return { ...erasure, named: all, dueAt };
    return { ...nextWalk(erasure, { from: recentOf(erasure.requestedAt), isSecond: true }, dueAt), named: all };
  },
  announce: () => NOTHING_ANNOUNCED,
  answer: ({ status, requestedAt, erased, requests = 1 }) => ({ status, requestedAt, erased, requests }),
  due: dueOf,
};

const accept = (events: ErasureEvent[]) => ({ kind: 'accepted', events }) as const;

function dueOf({ dueAt }: Erasure): Due | undefined {
  return dueAt === undefined ? undefined : { kind: ERASURE_DUE.name, at: dueAt };
}

/** Whatever is left of an erasure that is done was not seen yet: its late looks find it. */
const again = (notificationId: string, erasure: Erasure | undefined, now: number): ErasureEvent[] =>
  erasure?.status === 'RUNNING' ? [{ type: 'NotificationNamed', notificationId, dueAt: now }] : [];

/** If the list is full, the sender asks again when the notification is announced again. */
function named(notificationId: string, { named: already = [], dueAt }: Erasure, now: number): ErasureEvent[] {
  const isKnown = already.some((one) => one.notificationId === notificationId);
  if (isKnown || already.length >= MOST_NAMED) return [];
  return [{ type: 'NotificationNamed', notificationId, dueAt: Math.min(dueAt ?? now, now) }];
}

function started(
  before: Erasure | undefined,
  { scope, correlationId, at, dueAt }: Extract<ErasureEvent, { type: 'ErasureStarted' }>,
): Erasure {
  const number = before ? walkOf(before).number + 1 : 0;
  const walk: Walk = { number, until: at, found: 0, tries: 0 };
  return { status: 'RUNNING', scope, correlationId, requestedAt: at, erased: 0, dueAt, walk };
}

/** The current walk keeps its own bound. The next walk covers what was accepted since. */
function extended(erasure: Erasure, { at, dueAt }: Extract<ErasureEvent, { type: 'ErasureExtended' }>): Erasure {
  const { after } = erasure;
  const requests = (erasure.requests ?? 1) + 1;
  const walk: Walk = { ...walkOf(erasure), tries: 0 };
  return {
    ...withoutProgress(erasure),
    status: 'RUNNING',
    requestedAt: at,
    requests,
    walk,
    dueAt,
    ...(after && { after }),
  };
}
