import { PoisonMessage } from '#shared/messaging/parse.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { NO_SUCH_NOTIFICATION, notificationKey } from '#shared/notification/notification-id.ts';
import { envelopeOf, type LetterVerdict, type Planner } from '#shared/once/planner.ts';
import { requestIn } from './handle-request.ts';

/** What a sender would do with a request: the notification's row decides. */
export const requestPlanner: Planner = {
  readsData: true,
  rowOf(message) {
    const envelope = envelopeOf(message);
    const state = notificationKey(envelope.tenantid, requestIn(envelope).notificationId);
    if (!state) throw new PoisonMessage('MALFORMED', 'The notification id is invalid.');
    return { state };
  },
  verdictOf: (row) => VERDICT_OF[row?.status ?? ''] ?? NO_NOTIFICATION,
};

const dropped = (reason: string): LetterVerdict => ({ verdict: 'dropped', reason });

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
