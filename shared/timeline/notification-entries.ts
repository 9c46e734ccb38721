import type { LoggedNotification } from '#shared/message-log/ports.ts';
import { NOTIFICATION_MESSAGE } from '#shared/names.ts';
import { causationIdOf } from '#shared/notification/cause.ts';
import type { Attempt, Notification, Resolution } from '#shared/notification/notification.ts';
import { announceable } from '#shared/notification/outcomes.ts';
import type { RecipientEvent } from '#shared/recipient/recipient-event.ts';
import type { Entry } from './record-entries.ts';

/** An entry without the fields that all entries of a notification have. */
type Step = Pick<Entry, 'at' | 'type' | 'id'> & Partial<Entry>;

/** The id of a step. Notification ids have no `/`. */
type IdOf = (...step: (string | number)[]) => string;

/** The steps of a notification, and what providers reported about its recipients. No address is shown. */
export function notificationEntries({ key, stored, events }: LoggedNotification): Entry[] {
  const notification = stored.state;
  const { notificationId } = key;
  const { channel, purpose, createdAt, correlationId, attempts, resolutions = [], requestedBy } = notification;
  const idOf: IdOf = (...step) => [notificationId, ...step].join('/');
  const requested = idOf('requested');
  const causationId = causationIdOf(key, notification);
  const sent = attempts.findIndex(({ outcome }) => outcome === 'accepted') + 1;
  const steps: Step[] = [
    {
      at: createdAt,
      type: 'requested',
      id: requested,
      ...(causationId !== undefined && { causationId }),
      ...(requestedBy !== undefined && { after: [requestedBy] }),
      // Letters come after the digits of the rank that its event has.
      rank: 'requested',
    },
    ...attempts.flatMap((attempt, index) => attemptSteps(attempt, index + 1, idOf)),
    ...resolutions.map((resolution, index) => resolvedStep(resolution, index + 1, idOf)),
    ...endOf(notification, idOf),
    ...events.map((event) => feedbackStep(event, sent > 0 ? idOf('sent', sent) : requested, idOf)),
  ];
  return steps.map((step) => ({
    kind: channel === 'webhook' ? 'webhook' : 'notification',
    correlationId,
    notificationId,
    channel,
    purpose,
    ...(step.id !== requested && { causationId: requested }),
    ...step,
  }));
}

const SETTLED = { accepted: 'sent', rejected: 'failed', unknown: 'unknown', deferred: 'deferred' } as const;

/** The message that announces a step, so that the step comes first. Absent: the step is not announced. */
const announcementOf = (type: string): Partial<Step> =>
  Object.hasOwn(ANNOUNCEMENT, type) ? { messages: [ANNOUNCEMENT[type] ?? ''] } : {};

const ANNOUNCEMENT: Readonly<Record<string, string>> = NOTIFICATION_MESSAGE;

/** A claim, and what became of its call to the provider. */
function attemptSteps({ claimedAt, outcome, settledAt, reason }: Attempt, attempt: number, idOf: IdOf): Step[] {
  const claimed: Step = { at: claimedAt, type: 'claimed', id: idOf('claimed', attempt), attempt };
  if (!outcome || settledAt === undefined) return [claimed];
  const type = SETTLED[outcome];
  const settled: Step = {
    at: settledAt,
    type,
    id: idOf(type, attempt),
    causationId: claimed.id,
    attempt,
    ...(reason !== undefined && { code: reason }),
    ...announcementOf(type),
  };
  return [claimed, settled];
}

/** The operator's reason is not shown, because it may be about the recipient. */
const resolvedStep = ({ action, by, at }: Resolution, number: number, idOf: IdOf): Step => ({
  at,
  type: 'resolved',
  id: idOf('resolved', number),
  actor: by,
  code: action,
  ...(action === 'mark-sent' && announcementOf('sent')),
});

/** The current status, if it does not come from an attempt. */
function endOf(notification: Notification, idOf: IdOf): Step[] {
  const step = (type: string, at: string, more: Partial<Step> = {}): Step[] => [
    { at, type, id: idOf(type), ...announcementOf(type), ...more },
  ];
  const { attempts, resolutions = [] } = notification;
  switch (notification.status) {
    case 'FAILED':
      if (attempts.at(-1)?.outcome === 'rejected') return [];
      return step('failed', notification.failedAt, { code: notification.reason });
    case 'HELD': {
      const causationId = attempts.length > 0 ? { causationId: idOf('claimed', attempts.length) } : {};
      return step('held', notification.heldAt, { code: notification.reason, ...causationId });
    }
    case 'SUPPRESSED':
      return step('suppressed', notification.suppressedAt);
    case 'CANCELLED': {
      const isResolved = resolutions.at(-1)?.action === 'cancel';
      return step(
        'cancelled',
        notification.cancelledAt,
        isResolved ? { causationId: idOf('resolved', resolutions.length) } : {},
      );
    }
    default:
      return [];
  }
}

function feedbackStep(event: RecipientEvent, causationId: string, idOf: IdOf): Step {
  const { at, kind, position, code } = event;
  const announced = announceable([event], position === undefined ? [] : [position]);
  return {
    at,
    kind: 'feedback',
    type: kind,
    id: idOf('feedback', position ?? 'message', kind),
    causationId,
    ...(position !== undefined && { recipient: position }),
    ...(code !== undefined && { code }),
    messages: announced.map((outcome) => NOTIFICATION_MESSAGE[outcome]),
  };
}
