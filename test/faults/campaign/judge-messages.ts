import { FUNCTION } from '#shared/names.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { Promised, Wish } from './clients.ts';
import type { Arrived, AttachmentRow, Facts, NotificationRow } from './facts.ts';
import { aboutNotification, aboutWish, isAccepted, orderKey, type Report, type ReportReason } from './violations.ts';

/** The additional checks of direct notifications. */

/** The accepted direct notifications, by subject. */
export const promisedIn = ({ wishes }: Facts): Map<string, Promised> =>
  new Map(wishes.flatMap((wish) => (wish.message ? [[orderKey(wish), wish.message]] : [])));

/** The clock difference that a sender tolerates. */
const CLOCK_SKEW_MS = 1000;

export function judgeArrived(
  { at, body, files }: Arrived,
  { orderId }: NotificationRow,
  own: Promised | undefined,
  reportReason: ReportReason,
) {
  const words = own?.text ?? orderId;
  if (!body.includes(words)) reportReason('diverging', `it does not say: ${words}`);
  if (files.join() !== (own?.sha256 ?? ''))
    reportReason('diverging', `it has the files ${files}, expected was ${own?.sha256}`);
  if (own?.sendAt !== undefined && Date.parse(at) < own.sendAt - CLOCK_SKEW_MS)
    reportReason('phantom', `it was sent before its time, ${new Date(own.sendAt).toISOString()}`);
}

/** The row of each accepted e-mail has its outcome, because the provider reports it. */
export function judgePromised(facts: Facts, report: Report): void {
  const promised = promisedIn(facts);
  for (const row of facts.notifications) {
    const { channel, status, outcomes = [] } = row.notification;
    const outcome = promised.get(orderKey(row))?.bounced ? 'bounced' : 'delivered';
    if (channel === 'email' && status === 'SENT' && !outcomes.includes(outcome))
      report('lost', aboutNotification(row), `the provider reports that it ${outcome}; the row has ${outcomes}`);
  }
}

/** Cancelled and sent exclude each other: after the answer to a cancellation, no sender may call. */
export function judgeCancelled({ received, notifications }: Facts, report: Report): void {
  const cancelled = Map.groupBy(
    received.filter((one) => one.wish.kind === 'cancel' && isAccepted(one)),
    ({ wish }) => orderKey(wish),
  );
  for (const row of notifications) {
    const { status, attempts, resolutions = [] } = row.notification;
    const answers = cancelled.get(orderKey(row)) ?? [];
    const at = resolutions.find(({ action }) => action === 'cancel')?.at;
    const reportReason: ReportReason = (kind, why) =>
      report(kind, aboutNotification(row), `${why}: ${JSON.stringify(row.notification)}`);
    if (new Set(answers.map(({ wish }) => wish.key)).size > 1)
      reportReason('doubled', 'two cancellations were accepted');
    if (answers.length > 0 && !(status === 'CANCELLED' || status === 'SENT')) reportReason('lost', 'its cancellation');
    if (status === 'CANCELLED' && answers.length === 0) reportReason('phantom', 'CANCELLED without a cancellation');
    if (attempts.some(({ claimedAt }) => at !== undefined && claimedAt > at))
      reportReason('phantom', 'claimed after it was cancelled');
  }
}

/**
 * A message that may still be sent has its file, and any other has none, neither in the bucket nor in its row. A message
 * whose function was killed five times waits in the dead-letter queue for a person, with its file.
 */
export function judgeAttachments(
  { wishes, received, notifications, attachments, queues }: Facts,
  report: Report,
): void {
  const accepted = new Set(received.filter(isAccepted).map(({ wish }) => wish));
  const users = new Map(notifications.map((row) => [orderKey(row), row.notification.status]));
  const named = new Map<string, Wish>(
    wishes
      .filter((wish) => accepted.has(wish))
      .flatMap((wish) => filesOf(wish).map((id) => [`${wish.tenant} ${id}`, wish] as const)),
  );
  let setAside = queues.find(({ name }) => name === `${FUNCTION.releaseAttachments}, dead`)?.depth ?? 0;
  for (const row of attachments) {
    const wish = named.get(`${row.tenant} ${row.attachmentId}`);
    named.delete(`${row.tenant} ${row.attachmentId}`);
    const user = wish && users.get(orderKey(wish));
    const isWaiting = isDone(user) && row.status === 'IN_USE' && row.stored && setAside > 0;
    if (isWaiting) setAside -= 1;
    else judgeAttachment(row, user, report);
  }
  for (const wish of named.values()) report('lost', aboutWish(wish), 'the row of its attachment is missing');
}

const filesOf = ({ kind, body }: Wish): readonly string[] =>
  kind === 'message' ? ((body.attachments as string[] | undefined) ?? []) : [];

type Status = Notification['status'] | undefined;
const isDone = (user: Status): boolean => user === 'SENT' || user === 'CANCELLED';

function judgeAttachment(row: AttachmentRow, user: Status, report: Report): void {
  const { tenant, attachmentId, status, stored } = row;
  const about = `${tenant} attachment ${attachmentId} of a message that is ${user}`;
  const shown = `it is ${status}, and its bytes are ${stored ? '' : 'not '}stored`;
  if (user === undefined) report('phantom', about, shown);
  else if (isDone(user) && (status !== 'DELETED' || stored)) report('unfinished', about, shown);
  else if (!isDone(user) && (status !== 'IN_USE' || !stored)) report('lost', about, shown);
}
