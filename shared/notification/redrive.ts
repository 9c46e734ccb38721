import type { NotificationEvent } from './events.ts';
import { isOpen, type Notification, type Resolution } from './notification.ts';
import type { RefusalCode } from './refusals.ts';

/**
 * The reasons for FAILED that are about this system, and why:
 *
 * - CONTENT_GONE: the text was accepted and stored, and our table has it no more.
 * - ATTACHMENT_MISSING, ATTACHMENT_CHANGED: the bytes were compared with the declared checksum when the message was
 *   accepted, and no other bytes could be uploaded for it. So our bucket has lost or changed them.
 *
 * No provider is called in these cases. If what was lost is stored again, the notification can be sent.
 */
const SYSTEM_REASONS = [
  'CONTENT_GONE',
  'ATTACHMENT_MISSING',
  'ATTACHMENT_CHANGED',
] as const satisfies readonly RefusalCode[];

export type SystemReason = (typeof SYSTEM_REASONS)[number];

export const isSystemReason = (reason: string): reason is SystemReason => SYSTEM_REASONS.some((one) => one === reason);

/** The reason about this system for which the notification is FAILED, if there is one. */
export function systemReasonOf(notification: Notification): SystemReason | undefined {
  return notification.status === 'FAILED' && isSystemReason(notification.reason) ? notification.reason : undefined;
}

/**
 * Whether the provider perhaps accepted one of these attempts, so that only a person may decide to send it again. An
 * attempt that failed for a reason about this system counts as rejected: the provider was not called.
 */
export const mayHaveBeenSent = (outcomes: readonly (string | undefined)[]): boolean =>
  outcomes.some((outcome) => outcome !== 'rejected' && outcome !== 'deferred');

/** Whether it failed for a reason about this system, and was certainly not sent. */
export const isRedrivable = (notification: Notification): boolean =>
  systemReasonOf(notification) !== undefined && !mayHaveBeenSent(notification.attempts.map(({ outcome }) => outcome));

/** Whether it may be sent later without a person who decides about it. */
export const mayBeSentLater = (notification: Notification): boolean =>
  isOpen(notification) || isRedrivable(notification);

/**
 * FAILED for a reason about this system → PENDING. It is not announced: the redrive sends the request that failed. If it
 * does not, because its function died, `wake-due` announces the notification at `dueAt` (epoch milliseconds).
 */
export type RedriveCommand = { type: 'Redrive'; redriveId: string; dueAt: number };

/** The author of a redrive's resolutions begins with it. */
const BY_REDRIVE = 'redrive:';

export const isOfRedrive = ({ by }: Pick<Resolution, 'by'>): boolean => by.startsWith(BY_REDRIVE);

/** The decision is recorded like that of an operator, with the redrive in their place. */
export function redriven(
  { redriveId, dueAt }: RedriveCommand,
  notification: Notification,
  at: string,
): NotificationEvent[] {
  if (!isRedrivable(notification)) return [];
  return [
    { type: 'NotificationResolved', resolution: { action: 'resend', by: `${BY_REDRIVE}${redriveId}`, at } },
    { type: 'RedriveAuthorised', dueAt },
  ];
}
