import type { Decider } from '#shared/messaging/decider.ts';
import type { Due } from '#shared/messaging/due.ts';
import { SHAPES } from '../shapes.ts';

/** Whose personal data: a customer's, or whoever an address or number belongs to (see `recipient-key.ts`). */
export type ErasureScope = { customerId: string } | { recipient: string };

/**
 * The erasure of a person's data, which walks a tenant's whole message log: too long for one request, so it is
 * a process of its own that goes on until it is done, whatever dies in between.
 */
export type Erasure = {
  scope: ErasureScope;
  /** ISO 8601: what was said until then is erased. */
  requestedAt: string;
  /** Notifications that were erased so far. */
  erased: number;
  correlationId: string;
} & (
  | {
      status: 'RUNNING';
      /** Position in the log up to which it has come, newest first; absent: at its beginning. */
      after?: string;
      /** Epoch milliseconds at which it goes on. */
      dueAt: number;
    }
  | { status: 'DONE'; doneAt: string }
);

export type ErasureCommand =
  | { type: 'StartErasure'; scope: ErasureScope; correlationId: string }
  /** So far it has come; `dueAt` (epoch milliseconds) is when it goes on. */
  | { type: 'AdvanceErasure'; requestedAt: string; after?: string; erased: number; dueAt: number }
  | { type: 'FinishErasure'; requestedAt: string; erased: number };

export type ErasureEvent =
  | { type: 'ErasureStarted'; scope: ErasureScope; correlationId: string; at: string; dueAt: number }
  | { type: 'ErasureAdvanced'; after?: string; erased: number; dueAt: number }
  | { type: 'ErasureFinished'; erased: number; at: string };

/** The log may lag behind its rows by a moment: what was said just before is to be found, too. */
const LOG_LAG_MS = 5000;

/** One that runs goes on; a finished one begins anew when it is asked for again, for more was said since. */
export const erasureDecider: Decider<Erasure, ErasureCommand, ErasureEvent> = {
  schemaVersion: SHAPES.erasure.written,
  decide: (command, erasure, { now }) => {
    const at = new Date(now).toISOString();
    if (command.type === 'StartErasure') {
      const { scope, correlationId } = command;
      const isRunning = erasure?.status === 'RUNNING';
      return accept(isRunning ? [] : [{ type: 'ErasureStarted', scope, correlationId, at, dueAt: now + LOG_LAG_MS }]);
    }
    // Of an earlier round, or of a process that was overtaken by another.
    if (erasure?.status !== 'RUNNING' || erasure.requestedAt !== command.requestedAt) return accept([]);
    const erased = erasure.erased + command.erased;
    if (command.type === 'FinishErasure') return accept([{ type: 'ErasureFinished', erased, at }]);
    const { after, dueAt } = command;
    return accept([{ type: 'ErasureAdvanced', erased, dueAt, ...(after !== undefined && { after }) }]);
  },
  evolve: (erasure, event) => {
    if (event.type === 'ErasureStarted') {
      const { scope, correlationId, at, dueAt } = event;
      return { status: 'RUNNING', scope, correlationId, requestedAt: at, erased: 0, dueAt };
    }
    if (!erasure) throw new Error('An erasure begins by being asked for.');
    const { scope, correlationId, requestedAt } = erasure;
    const { erased } = event;
    if (event.type === 'ErasureFinished')
      return { status: 'DONE', scope, correlationId, requestedAt, erased, doneAt: event.at };
    const { after, dueAt } = event;
    return {
      status: 'RUNNING',
      scope,
      correlationId,
      requestedAt,
      erased,
      dueAt,
      ...(after !== undefined && { after }),
    };
  },
  announce: () => ({ messages: [], notifications: [] }),
  answer: ({ status, requestedAt, erased }) => ({ status, requestedAt, erased }),
  due: dueOf,
};

const accept = (events: ErasureEvent[]) => ({ kind: 'accepted', events }) as const;

function dueOf(erasure: Erasure): Due | undefined {
  return erasure.status === 'RUNNING' ? { kind: 'erasure', at: erasure.dueAt } : undefined;
}
