import type { StateKey } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import { NOTIFICATION, type Notification } from '#shared/notification/notification.ts';
import type { Commit } from '#shared/once/ports.ts';
import { nameOf } from '#test/support/judge/messages.ts';
import { amountOf, type Faults } from './faults.ts';
import type { Scheduler } from './scheduler.ts';

/** Observations by true time. Rows do not show it, because the clocks of environments are wrong. */
export type Witness = {
  committed(commit: Commit): void;
  replaced(key: StateKey, next: StoredState<unknown>): void;
  suppressed(tenant: string, recipient: string): void;
  /** Whether the tenant's log does not show the notification yet. */
  isUnlogged(key: StateKey): boolean;
  /** When a notification was committed, by `nameOf`. */
  created: ReadonlyMap<string, number>;
  /** When a notification was cancelled. */
  cancelled: ReadonlyMap<string, number>;
  /** When recipients of a notification were erased, by their positions. */
  forgotten: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Since when a recipient is suppressed, by tenant and recipient key. */
  suppressedSince: ReadonlyMap<string, number>;
};

/** @param logLagMs longest time until the log shows a notification; undefined if there is no delay. */
export function createWitness(logLagMs: number | undefined, scheduler: Scheduler, faults: Faults): Witness {
  const created = new Map<string, number>();
  const cancelled = new Map<string, number>();
  const forgotten = new Map<string, Map<number, number>>();
  const suppressedSince = new Map<string, number>();
  const loggedAt = new Map<string, number>();

  const create = (name: string): void => {
    const at = scheduler.now();
    created.set(name, at);
    if (logLagMs !== undefined && faults.strikes(name, 'log-lag'))
      loggedAt.set(name, at + amountOf(faults.random(`log-lag ${name}`), 100, logLagMs));
  };
  const wroteNotification = (name: string, { status, erased = [] }: Notification): void => {
    const at = scheduler.now();
    if (status === 'CANCELLED' && !cancelled.has(name)) cancelled.set(name, at);
    if (erased.length === 0) return;
    const positions = forgotten.get(name) ?? new Map<number, number>();
    forgotten.set(name, positions);
    for (const position of erased) if (!positions.has(position)) positions.set(position, at);
  };
  const wrote = ({ tenant, part }: StateKey, { state }: StoredState<unknown>): void => {
    if (part?.type === NOTIFICATION.name) wroteNotification(nameOf(tenant, part.id), state as Notification);
  };

  return {
    created,
    cancelled,
    forgotten,
    suppressedSince,
    committed({ key, next, related = [], rows }) {
      if (next) wrote(key, next);
      for (const one of related) if (one.next) wrote(one.key, one.next);
      for (const row of rows) if (row.kind === 'state') create(nameOf(key.tenant, row.key.part?.id ?? ''));
    },
    replaced: wrote,
    suppressed(tenant, recipient) {
      const name = nameOf(tenant, recipient);
      if (!suppressedSince.has(name)) suppressedSince.set(name, scheduler.now());
    },
    isUnlogged: ({ tenant, part }) => (loggedAt.get(nameOf(tenant, part?.id ?? '')) ?? 0) > scheduler.now(),
  };
}
