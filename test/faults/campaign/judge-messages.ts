import { FUNCTION } from '#shared/names.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { GREETING_WORDS } from './arrivals.ts';
import { type Arrived, type AttachmentRow, type Facts, type NotificationRow, neverHandled } from './facts.ts';
import type { ExpectedMessage, PlannedRequest } from './requests.ts';
import { aboutNotification, aboutRequest, isAccepted, orderKey, type Report, type ReportOne } from './violations.ts';

/** The additional judgement of direct notifications. */

/** The expected direct notifications, by their subject. */
export const expectedMessagesIn = ({ requests }: Facts): Map<string, ExpectedMessage> =>
  new Map(requests.flatMap((request) => (request.message ? [[orderKey(request), request.message]] : [])));

const isGreeting = ({ notification }: NotificationRow): boolean => notification.purpose === 'greeting';

/** The clock difference of environments that senders allow for. */
const CLOCK_SKEW_MS = 1000;

export function judgeArrived(
  { at, body, files }: Arrived,
  row: NotificationRow,
  own: ExpectedMessage | undefined,
  reportOne: ReportOne,
) {
  const words = own?.text ?? (isGreeting(row) ? GREETING_WORDS : row.orderId);
  if (!body.includes(words)) reportOne('diverging', `its text does not contain: ${words}`);
  if (files.join() !== (own?.sha256 ?? ''))
    reportOne('diverging', `it has the files ${files}, expected was ${own?.sha256}`);
  if (own?.sendAt !== undefined && Date.parse(at) < own.sendAt - CLOCK_SKEW_MS)
    reportOne('phantom', `it was sent before its time, ${new Date(own.sendAt).toISOString()}`);
}

/**
 * The row of each accepted e-mail has the outcome that the provider reported. The simulation compares every event of
 * every recipient (`checkOutcomes`).
 */
export function judgeExpectedMessages(facts: Facts, report: Report): void {
  const expected = expectedMessagesIn(facts);
  const bounced = new Set(facts.requests.filter((request) => request.bounced).map(orderKey));
  for (const row of facts.notifications) {
    const { channel, status, outcomes = [] } = row.notification;
    const bounces = bounced.has(orderKey(row)) || expected.get(orderKey(row))?.bounced;
    const outcome = bounces ? 'bounced' : 'delivered';
    if (channel === 'email' && status === 'SENT' && !outcomes.includes(outcome))
      report('lost', aboutNotification(row), `the provider reported ${outcome}, the row has ${outcomes}`);
  }
}

/**
 * A notification cannot be cancelled and sent: no sender may claim it after the cancellation. The campaign does not know
 * when a call began, so it compares the times in the row. The simulation knows the true times (`checkEnds`).
 */
export function judgeCancelled({ answers, notifications }: Facts, report: Report): void {
  const cancelled = Map.groupBy(
    answers.filter((one) => one.request.kind === 'cancel' && isAccepted(one)),
    ({ request }) => orderKey(request),
  );
  for (const row of notifications) {
    const { status, attempts, resolutions = [] } = row.notification;
    const own = cancelled.get(orderKey(row)) ?? [];
    const at = resolutions.find(({ action }) => action === 'cancel')?.at;
    const reportOne: ReportOne = (kind, why) =>
      report(kind, aboutNotification(row), `${why}: ${JSON.stringify(row.notification)}`);
    if (new Set(own.map(({ request }) => request.key)).size > 1)
      reportOne('doubled', 'two cancellations were accepted');
    if (own.length > 0 && !(status === 'CANCELLED' || status === 'SENT')) reportOne('lost', 'its cancellation is lost');
    if (status === 'CANCELLED' && own.length === 0) reportOne('phantom', 'CANCELLED, but no cancellation was accepted');
    if (attempts.some(({ claimedAt }) => at !== undefined && claimedAt > at))
      reportOne('phantom', 'claimed after it was cancelled');
  }
}

/**
 * A notification that may still be sent has its file. A finished one has none, neither in the bucket nor in a row. A
 * message on which a function crashed five times is a dead letter, and the release of its file waits with it.
 */
export function judgeAttachments(facts: Facts, report: Report): void {
  const { requests, answers, notifications, attachments } = facts;
  const accepted = new Set(answers.filter(isAccepted).map(({ request }) => request));
  const users = new Map(notifications.map((row) => [orderKey(row), row.notification.status]));
  const named = new Map<string, PlannedRequest>(
    requests
      .filter((request) => accepted.has(request))
      .flatMap((request) => filesOf(request).map((id) => [`${request.tenant} ${id}`, request] as const)),
  );
  let setAside = neverHandled(facts, FUNCTION.releaseAttachments).length;
  for (const row of attachments) {
    const request = named.get(`${row.tenant} ${row.attachmentId}`);
    named.delete(`${row.tenant} ${row.attachmentId}`);
    const user = request && users.get(orderKey(request));
    const isWaiting = isDone(user) && row.status === 'IN_USE' && row.stored && setAside > 0;
    if (isWaiting) setAside -= 1;
    else judgeAttachment(row, user, report);
  }
  for (const request of named.values()) report('lost', aboutRequest(request), 'the row of its attachment is missing');
}

const filesOf = ({ kind, body }: PlannedRequest): readonly string[] =>
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
