import { erasureDecider } from '#shared/erasure/decider.ts';
import { type ErasureScope, isStillToErase } from '#shared/erasure/erasure.ts';
import { erasureKeyOf } from '#shared/erasure/erasure-key.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Log } from '#shared/messaging/system.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { Metadata } from '#shared/once/envelopes.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import { executeTransition } from '#shared/once/transition.ts';
import type { SuppressionReason } from '#shared/suppression/ports.ts';
import type { ObjectionStore, Objections } from './ports.ts';

export type ObjectionPorts = ExecutorPorts & {
  notifications: ObjectionStore;
  log: Log;
  sender: { subscriber: string };
};

/** The current suppressions of its recipients, and the erasures of its recipients and its customer. */
export async function objectionsTo(
  tenant: string,
  { recipients = [], customerId }: Notification,
  { notifications }: Pick<ObjectionPorts, 'notifications'>,
): Promise<Objections> {
  const scopes: ErasureScope[] = [...new Set(recipients)].map((recipient) => ({ recipient }));
  if (customerId !== undefined) scopes.push({ customerId });
  if (scopes.length === 0) return { suppressions: [], erasures: [] };
  const erasures = scopes.map((scope) => erasureKeyOf(tenant, scope));
  return notifications.objectionsTo(tenant, recipients, erasures);
}

/**
 * Leaves the notification to the erasures that still have to erase it: it was requested before the erasure's bound, but
 * the log did not show it yet, or the walk has not reached it. Its id is added to the erasure, and it is not sent until
 * it is erased. If the message has other recipients, the row is announced again for them when it is due.
 * @returns whether there is such an erasure.
 */
export async function leaveToErasures(
  notificationId: string,
  { version, state }: StoredState<Notification>,
  { erasures }: Objections,
  metadata: Metadata,
  ports: ObjectionPorts,
): Promise<boolean> {
  const pending = erasures.filter(({ stored }) => isStillToErase(stored.state, state));
  for (const { key, stored } of pending) {
    const { requestedAt } = stored.state;
    const transitionId = `${notificationId}#${version}#${requestedAt}`;
    await executeTransition(
      { decider: erasureDecider, key, command: { type: 'NameNotification', notificationId }, assume: stored },
      { subscriber: ports.sender.subscriber, transitionId, metadata },
      ports,
    );
    ports.log.warn('Notification left to an erasure', { notificationId, erasureId: key.id });
  }
  return pending.length > 0;
}

/** Why every recipient is suppressed, if they all are, and for the same reason. */
export function commonReason(
  { recipients = [], erased = [] }: Notification,
  { suppressions }: Objections,
): SuppressionReason | undefined {
  const reasons = new Map(suppressions.map(({ recipient, reason }) => [recipient, reason]));
  const [first, ...others] = new Set(recipients.map((recipient) => reasons.get(recipient)));
  return erased.length === 0 && others.length === 0 ? first : undefined;
}

/** Positions of the recipients that are suppressed or erased. */
export function positionsLeftOut(
  { recipients = [], erased = [] }: Notification,
  { suppressions }: Objections,
): number[] {
  const inForce = new Set(suppressions.map(({ recipient }) => recipient));
  return recipients.flatMap((recipient, position) =>
    inForce.has(recipient) || erased.includes(position) ? [position] : [],
  );
}
