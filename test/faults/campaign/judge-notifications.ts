import type { Channel } from '#shared/names.ts';
import { eventsByNotification, nameOf } from '#test/support/judge/messages.ts';
import { judgeNotification, type NotificationFinding } from '#test/support/judge/notification.ts';
import { arrivals } from './arrivals.ts';
import type { Arrived, Facts, NotificationRow } from './facts.ts';
import { expectedMessagesIn, judgeArrived } from './judge-messages.ts';
import { aboutNotification, orderKey, type Report, type ReportOne, type ViolationKind } from './violations.ts';

/** The judgement of each notification, and of what arrived. */

/** Reasons for which a notification may be held. */
const HELD_FOR: Record<Channel, readonly string[]> = {
  sms: ['POLICY'],
  email: ['UNKNOWN_AGAIN', 'FEED_SILENT', 'FEED_BACKLOG'],
  webhook: ['REPEATS_ENDED', 'UNKNOWN_AGAIN'],
};

const KIND: Record<NotificationFinding, ViolationKind> = {
  'sent twice': 'doubled',
  'doubled, but its row has no mark': 'diverging',
  'not doubled, but its row has the mark': 'diverging',
  'sent with different contents': 'diverging',
  'sent again after it was accepted': 'phantom',
  'sent again more than once': 'phantom',
  'left unfinished': 'unfinished',
  'SENT, but never accepted': 'lost',
  'SENT with the id of another message': 'diverging',
  'accepted and reported, but not SENT': 'diverging',
  'accepted, but not SENT': 'diverging',
  'HELD without a call of unknown outcome': 'lost',
  'a sent event without an accepted call': 'diverging',
  'a failed event, but accepted': 'diverging',
  'not exactly one sent event for SENT': 'diverging',
};

export function judgeNotifications(facts: Facts, report: Report): void {
  const arrived = arrivals(facts);
  const having = (trait: 'refused' | 'bounced') =>
    new Set(facts.requests.filter((request) => request[trait]).map(orderKey));
  const [refused, bounced] = [having('refused'), having('bounced')];
  // The endpoint of invoices is the tenant's, and no recipient of the order.
  const refusesRow = (row: NotificationRow): boolean =>
    refused.has(orderKey(row)) && row.notification.channel !== 'webhook';
  const shown = new Map(facts.shown.flatMap((order) => order.notifications.map((one) => [one.notificationId, one])));
  const events = eventsByNotification(facts.messages);
  for (const row of facts.notifications) {
    const own = arrived.get(row) ?? [];
    judgeRow(row, own, events.get(nameOf(row.tenant, row.notificationId)) ?? [], report);
    judgeReason(row, own, { refused: refusesRow(row), bounced: bounced.has(orderKey(row)) }, report);
    const view = shown.get(row.notificationId);
    if (view?.status !== row.notification.status)
      report(
        'diverging',
        aboutNotification(row),
        `the API shows ${view?.status}, the table ${row.notification.status}`,
      );
  }
}

/** What is no fault of a webhook: its receiver knows a repetition by its id. */
const REPEATED: readonly NotificationFinding[] = ['sent twice', 'sent again more than once'];

function judgeRow(row: NotificationRow, arrived: Arrived[], events: string[], report: Report): void {
  const { notification } = row;
  const findings = judgeNotification({
    notification,
    accepted: arrived.map(({ providerMessageId, tags }) => ({
      providerMessageId,
      ...(tags?.attempt !== undefined && { nonce: tags.attempt }),
      // The feed keeps its margin and loses no event. Text messages have no feed that settles them.
      isReported: notification.channel === 'email',
    })),
    contents: new Set(arrived.map(({ body }) => body)),
    events,
  });
  // HELD is a valid end if the outcome cannot be known. A webhook of unknown outcome is repeated under its id.
  const isExcused = (what: NotificationFinding): boolean =>
    (what === 'accepted, but not SENT' && notification.status === 'HELD') ||
    (notification.channel === 'webhook' && REPEATED.includes(what) && arrived.length <= notification.attempts.length);
  for (const { what, why } of findings)
    if (!isExcused(what)) report(KIND[what], aboutNotification(row), `${what}: ${why}`);
}

/** A notification may end without being sent only if the provider rejected it, or with a reason to hold it. */
function judgeReason(
  row: NotificationRow,
  arrived: Arrived[],
  { refused, bounced }: { refused: boolean; bounced: boolean },
  report: Report,
): void {
  const { notification } = row;
  const reportOne: ReportOne = (kind, why) =>
    report(kind, aboutNotification(row), `${why}: ${JSON.stringify(notification)}`);
  if (refused && arrived.length > 0) reportOne('diverging', 'the provider rejects its recipient, but accepted it');
  const { status } = notification;
  if (status === 'FAILED' && !(refused && notification.reason))
    reportOne('lost', 'FAILED, but the provider did not reject it');
  // An e-mail that bounced suppresses its recipient, so the later ones are not sent.
  if (status === 'SUPPRESSED' && !(bounced && notification.channel === 'email'))
    reportOne('diverging', 'SUPPRESSED, but its recipient is not suppressed');
  if (status === 'HELD' && !HELD_FOR[notification.channel].includes(notification.reason))
    reportOne('lost', `HELD for ${notification.reason || 'no reason'}`);
}

/** Each message in the inbox belongs to a notification, and has its recipients and content. */
export function judgeInbox(facts: Facts, report: Report): void {
  const expected = expectedMessagesIn(facts);
  const rows = new Map([...arrivals(facts)].flatMap(([row, own]) => own.map((one) => [one, row])));
  for (const one of [...facts.emails, ...facts.texts, ...facts.webhooks]) {
    const row = rows.get(one);
    const about = `message ${one.providerMessageId} ${JSON.stringify(one.tags ?? {})}`;
    if (!row) report('phantom', about, 'it was sent, but it has no notification');
    else if (one.to.join() !== row.recipients.join())
      report('diverging', about, 'it was sent to other recipients than those of its notification');
    else judgeArrived(one, row, expected.get(orderKey(row)), (kind, why) => report(kind, about, why));
  }
}
