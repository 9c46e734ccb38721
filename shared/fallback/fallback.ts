import type { Decision, DecisionContext } from '#shared/messaging/decider.ts';
import type { Due } from '#shared/messaging/due.ts';
import type { StateKey, StatePart, Subject } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import type { Channel, ContactChannel } from '#shared/names.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { Order, OrderStatus } from '#shared/order/order.ts';

/**
 * The process that reaches the contact of an order on the other channel if a notification did not arrive. It is a part
 * of the notification's subject, and contains no contact.
 *
 * ```
 *   sent ─────────> waiting ──not delivered in time──────────┬──> requested
 *                     │                                      │
 *   failed, bounced, rejected, or suppressed for a bounce ───┼──> ended: no such address, erased, switched off, outdated
 *                     │                                      │
 *                     └── delivered ──> delivered ──bounced──┘
 * ```
 * A mail server may accept an e-mail, which is a delivery, and report afterwards that it could not be delivered.
 */
export type FallbackProcess = { notificationId: string } & (
  | (FallbackCause & {
      status: 'waiting';
      /** Epoch milliseconds. */
      dueAt: number;
    })
  | { status: 'delivered' | 'requested' | 'ended' }
);

/** The message that the notification was sent. */
export type FallbackCause = { causationId: string; correlationId: string };

export const FALLBACK = shapeOf<FallbackProcess>('fallback');

/** The name of the kind of due rows. It never changes, because stored rows have it. */
export const FALLBACK_KIND = 'fallback';

/** The channel of a contact that a notification did not use; undefined: the notification was not for a contact. */
const otherChannel = (channel: Channel): ContactChannel | undefined =>
  (({ email: 'sms', sms: 'email', webhook: undefined }) as const)[channel];

export type FallbackKey = Subject & { part: StatePart };

export const fallbackKey = ({ tenant, type, id }: Subject, notificationId: string): FallbackKey => ({
  tenant,
  type,
  id,
  part: { type: FALLBACK.name, id: notificationId },
});

/** The fallback as a redrive of its notification sees it: once it is requested, the notification is not sent again. */
export const AS_REPLACEMENT = {
  keyOf: ({ part, ...subject }: Subject & { part: StatePart }): FallbackKey => fallbackKey(subject, part.id),
  isRequested: (status: string | undefined): boolean => status === ('requested' satisfies FallbackProcess['status']),
};

/** The key of a fallback, if the state is one. */
export const fallbackKeyIn = ({ part, ...subject }: StateKey): FallbackKey | undefined =>
  part?.type === FALLBACK.name ? { ...subject, part } : undefined;

/** What is known when a fallback may have to be sent. `channels`: those that the tenant's current settings leave on. */
export type Situation = { notification: Notification; order: Order; channels: readonly ContactChannel[] };

export type FallbackCommand =
  | { type: 'AwaitDelivery'; data: FallbackCause & { dueAt: number } }
  | { type: 'NoteDelivery' }
  /** It failed, bounced, or was rejected or suppressed, or it is due. The situation decides. */
  | { type: 'SendFallback'; data: Situation };

export type FallbackEvent =
  | { type: 'DeliveryAwaited'; data: FallbackCause & { notificationId: string; dueAt: number } }
  | { type: 'DeliveryNoted' | 'FallbackEnded'; data: { notificationId: string } }
  | {
      type: 'FallbackRequested';
      data: { notificationId: string; channel: ContactChannel; address: string; name: string; order: Order };
    };

/** The events of a command. A notification has at most one fallback. What is reported after it is only recorded there. */
export function decide(
  command: FallbackCommand,
  fallback: FallbackProcess | undefined,
  { key, now }: DecisionContext,
): Decision<FallbackEvent> {
  const notificationId = key.part?.id ?? '';
  if (command.type === 'AwaitDelivery')
    return accepted(
      ...(fallback ? [] : [{ type: 'DeliveryAwaited', data: { notificationId, ...command.data } } as const]),
    );
  if (fallback?.status === 'requested' || fallback?.status === 'ended') return accepted();
  const isWaiting = fallback?.status === 'waiting';
  // A delivery that is seen before the sending writes nothing: the notification is read when it is due.
  if (command.type === 'NoteDelivery')
    return accepted(...(isWaiting ? [{ type: 'DeliveryNoted', data: { notificationId } } as const] : []));
  return accepted(...onSituation(command.data, notificationId, isWaiting && fallback.dueAt <= now));
}

const accepted = (...events: FallbackEvent[]): Decision<FallbackEvent> => ({ kind: 'accepted', events });

function onSituation(situation: Situation, notificationId: string, isDue: boolean): FallbackEvent[] {
  const arrival = arrivalOf(situation.notification);
  switch (arrival) {
    case 'lost':
      return [requestOrEnd(situation, notificationId)];
    case 'arrived':
      return isDue ? [{ type: 'DeliveryNoted', data: { notificationId } }] : [];
    case 'unreported':
      return isDue ? [requestOrEnd(situation, notificationId)] : [];
    case 'open':
      // Nothing is concluded while it may still be sent, or while it is not known whether it was.
      return isDue ? [{ type: 'FallbackEnded', data: { notificationId } }] : [];
    default:
      return arrival satisfies never;
  }
}

/** Reason of a suppression that neither a recipient nor a person decided on. */
const BOUNCE = 'BOUNCE';

/**
 * Whether the message reached its recipient. `open`: the outcome of the sending is not known, a person must decide or has
 * decided, or the recipient wants no messages.
 */
function arrivalOf(notification: Notification): 'lost' | 'arrived' | 'unreported' | 'open' {
  const { status, outcomes = [], resolutions } = notification;
  if (status === 'FAILED') return 'lost';
  if (status === 'SUPPRESSED') return notification.reason === BOUNCE ? 'lost' : 'open';
  if (status !== 'SENT') return 'open';
  // A complaint is made about a message that arrived.
  if (outcomes.includes('complained')) return 'arrived';
  if (outcomes.includes('bounced') || outcomes.includes('rejected')) return 'lost';
  // A person has decided that it counts as sent, so the silence of the provider is no evidence.
  if (outcomes.includes('delivered') || resolutions?.at(-1)?.action === 'mark-sent') return 'arrived';
  return 'unreported';
}

/** Purpose of the message about a status. Once an order has this status, messages about earlier ones are outdated. */
const CURRENT_PURPOSE: Partial<Record<OrderStatus, string>> = {
  approved: 'approval',
  cancelled: 'order-cancellation',
};

/** Whether the contact is informed of the order's status by another message, which has a fallback of its own. */
const isOutdated = ({ notification: { purpose }, order: { status } }: Situation): boolean =>
  (CURRENT_PURPOSE[status] ?? purpose) !== purpose;

function requestOrEnd(situation: Situation, notificationId: string): FallbackEvent {
  const { notification, order, channels } = situation;
  const { contact } = order;
  const channel = otherChannel(notification.channel);
  const address = channel && { email: contact?.email, sms: contact?.phone }[channel];
  // The contact was erased or has no address on the other channel, or the tenant has switched it or fallbacks off.
  const isOn = channel !== undefined && channels.includes(channel);
  if (!contact || address === undefined || notification.erasedAt !== undefined || !isOn || isOutdated(situation))
    return { type: 'FallbackEnded', data: { notificationId } };
  return { type: 'FallbackRequested', data: { notificationId, channel, address, name: contact.name, order } };
}

/** The process after an event. */
export function evolve(_fallback: FallbackProcess | undefined, { type, data }: FallbackEvent): FallbackProcess {
  const { notificationId } = data;
  switch (type) {
    case 'DeliveryAwaited':
      return { status: 'waiting', ...data };
    case 'DeliveryNoted':
      return { notificationId, status: 'delivered' };
    case 'FallbackEnded':
      return { notificationId, status: 'ended' };
    case 'FallbackRequested':
      return { notificationId, status: 'requested' };
    default:
      return type satisfies never;
  }
}

export const dueOf = (fallback: FallbackProcess): Due | undefined =>
  fallback.status === 'waiting' ? { kind: FALLBACK_KIND, at: fallback.dueAt } : undefined;
