import type { StateKey } from '#shared/messaging/identity.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { CONTENT } from '#shared/notification/content.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { NO_SUCH_NOTIFICATION, type NotificationKey, notificationKey } from '#shared/notification/notification-id.ts';
import { isSystemReason, mayHaveBeenSent } from '#shared/notification/redrive.ts';
import { envelopeOf, type LetterVerdict, type Planner } from '#shared/once/planner.ts';
import { requestIn } from './handle-request.ts';

/** A process that reaches the recipients in another way after a notification has failed. Its concept has it. */
export type Replacement = {
  /** The state of the process of this notification. */
  keyOf(key: NotificationKey): StateKey;
  /** Whether a process with this status has requested another message. */
  isRequested(status: string | undefined): boolean;
};

/**
 * What a sender would do with a request: the notification's row decides. If it failed for a reason about this system, the
 * redrive makes it PENDING, unless it was perhaps sent, was replaced, or has no content.
 */
export const requestPlanner = ({ keyOf, isRequested }: Replacement): Planner => ({
  readsData: true,
  rowsOf(message, { reason }) {
    const envelope = envelopeOf(message);
    const state = notificationKey(envelope.tenantid, requestIn(envelope).notificationId);
    if (!state) throw new PoisonMessage('MALFORMED', 'The notification id is invalid.');
    return isSystemReason(reason)
      ? [{ state }, { state: keyOf(state) }, { record: state, type: CONTENT.name }]
      : [{ state }];
  },
  verdictOf([notification, ...others]) {
    if (notification?.status !== 'FAILED' || !isSystemReason(notification.reason ?? ''))
      return VERDICT_OF[notification?.status ?? ''] ?? NO_NOTIFICATION;
    if (mayHaveBeenSent(notification.outcomes ?? [])) return dropped('MAY_HAVE_BEEN_SENT');
    if (others.length === 0) return NOT_REPORTED;
    const [replacement, content] = others;
    if (isRequested(replacement?.status)) return dropped('FALLBACK_SENT');
    return content ? { verdict: 'handled' } : dropped('CONTENT_GONE');
  },
});

const dropped = (reason: string): LetterVerdict => ({ verdict: 'dropped', reason });

/**
 * The sender died after it had committed the failure, so the dead letter has another reason. Its request is not sent to
 * the provider: its sender reports the failure, and the dead letter fails again with the reason about this system.
 */
const NOT_REPORTED: LetterVerdict = { verdict: 'handled' };

const NO_NOTIFICATION = dropped(NO_SUCH_NOTIFICATION.reason);

const STATUSES = {
  PENDING: { verdict: 'handled' },
  SENT: { verdict: 'alreadyDone' },
  // A sender is calling, or died while it did. A lease that ends becomes UNKNOWN.
  SENDING: { verdict: 'unknown' },
  UNKNOWN: { verdict: 'unknown' },
  HELD: dropped('HELD'),
  FAILED: dropped('FAILED'),
  SUPPRESSED: dropped('SUPPRESSED'),
  CANCELLED: dropped('CANCELLED'),
} satisfies Record<Notification['status'], LetterVerdict>;

const VERDICT_OF: Readonly<Record<string, LetterVerdict>> = STATUSES;
