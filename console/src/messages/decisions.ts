import type { NotificationDetailsView } from '#shared/message-log/responses.ts';

/** What a person can decide, by the status of a message. The API decides again, and refuses what is no longer possible. */
const DECISIONS: Readonly<Record<string, readonly Decision[]>> = {
  HELD: ['resend', 'mark-sent', 'cancel'],
  UNKNOWN: ['resend', 'mark-sent', 'cancel'],
  FAILED: ['resend', 'mark-sent', 'cancel'],
  PENDING: ['cancel'],
};

export type Decision = NonNullable<NotificationDetailsView['resolutions']>[number]['action'];

/** What a person can decide about a message. A decision to resend holds until its outcome is known. */
export function decisionsFor({
  status,
  resolutions,
}: Pick<NotificationDetailsView, 'resolutions'> & { status: string }): readonly Decision[] {
  const isResent = status === 'PENDING' && resolutions !== undefined;
  return !isResent && Object.hasOwn(DECISIONS, status) ? (DECISIONS[status] ?? []) : [];
}
