import type { Decision, DecisionContext, Rejection } from '#shared/messaging/decider.ts';
import type { NotificationEvent } from './events.ts';
import type { Notification, Resolution, ResolveAction } from './notification.ts';
import { isOfRedrive } from './redrive.ts';

/** An operator's decision. If no sender claims a resend, it is announced again at `dueAt` (epoch milliseconds). */
export type ResolveCommand = { type: 'Resolve'; action: ResolveAction; by: string; reason: string; dueAt: number };

/** The statuses in which an operator may take each action. */
const RESOLVABLE: Record<ResolveAction, readonly Notification['status'][]> = {
  resend: ['HELD', 'UNKNOWN', 'FAILED'],
  'mark-sent': ['HELD', 'UNKNOWN', 'FAILED'],
  cancel: ['PENDING', 'HELD', 'UNKNOWN', 'FAILED'],
};

/**
 * A person's decision to resend holds until its outcome is known. If two operators decide at the same time, the second one
 * is rejected. A redrive is no decision about this notification: a person may still cancel it.
 */
function isResolvable(action: ResolveAction, { status, resolutions }: Notification): boolean {
  const last = resolutions?.at(-1);
  const isDecided = status === 'PENDING' && last !== undefined && !isOfRedrive(last);
  return RESOLVABLE[action].includes(status) && !isDecided;
}

/** The events of an operator's decision, or why it cannot be made. */
export function resolve(
  { action, by, reason, dueAt }: ResolveCommand,
  notification: Notification,
  { now }: DecisionContext,
): Decision<NotificationEvent> {
  if (!isResolvable(action, notification)) return { kind: 'rejected', rejection: notResolvable(action, notification) };
  const at = new Date(now).toISOString();
  const resolved: NotificationEvent = { type: 'NotificationResolved', resolution: { action, by, reason, at } };
  switch (action) {
    case 'resend':
      return accept([resolved, { type: 'ResendAuthorised', dueAt }]);
    case 'mark-sent':
      return accept([resolved, { type: 'NotificationMarkedSent', at }]);
    case 'cancel':
      return accept([resolved, { type: 'NotificationCancelled', at }]);
    default:
      return action satisfies never;
  }
}

/** Names the earlier decision, if there is one, because two operators may work on the same list. */
function notResolvable(action: ResolveAction, { status, resolutions }: Notification): Rejection {
  const last = resolutions?.at(-1);
  const who = last ? ` ${last.by} decided on ${last.action} at ${last.at}.` : '';
  return {
    code: 'NOTIFICATION_NOT_RESOLVABLE',
    detail: `The notification is ${status}; ${action} is for ${RESOLVABLE[action].join(', ')}.${who}`,
    next: 'Read it again with GET /notifications/{id}, and decide on its current status.',
  };
}

const accept = (events: NotificationEvent[]): Decision<NotificationEvent> => ({ kind: 'accepted', events });

/**
 * A resolution as the decider's answer shows it. It has no reason, because the answer is stored with the command and
 * outlives an erasure.
 */
export function resolutionInAnswer(resolution: Resolution | undefined): Record<string, unknown> {
  if (!resolution) return {};
  const { reason: _reason, ...answered } = resolution;
  return { resolution: answered };
}
