import { FUNCTION } from '#shared/names.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { Promised, Wish } from './clients.ts';
import type { Arrived, AttachmentRow, Facts, NotificationRow } from './facts.ts';
import { aboutNotification, aboutWish, isAccepted, orderKey, type Say, type Tell } from './violations.ts';

/** What is judged of messages in a client's own words beyond what every notification is judged by. */

/** What was promised of messages in a client's own words, by what they are about. */
export const promisedIn = ({ wishes }: Facts): Map<string, Promised> =>
  new Map(wishes.flatMap((wish) => (wish.message ? [[orderKey(wish), wish.message]] : [])));

/** Clocks of environments differ; a sender allows for so much. */
const CLOCK_SKEW_MS = 1000;

export function judgeArrived(
  { at, body, files }: Arrived,
  { orderId }: NotificationRow,
  own: Promised | undefined,
  tell: Tell,
) {
  const words = own?.text ?? orderId;
  if (!body.includes(words)) tell('diverging', `it does not say: ${words}`);
  if (files.join() !== (own?.sha256 ?? '')) tell('diverging', `it has the files ${files}, promised was ${own?.sha256}`);
  if (own?.sendAt !== undefined && Date.parse(at) < own.sendAt - CLOCK_SKEW_MS)
    tell('phantom', `it was sent before its time, ${new Date(own.sendAt).toISOString()}`);
}

/**
 * Of each e-mail that was taken, its row knows what became of it: the provider has told that, too. The simulation
 * compares every event of every recipient (`checkOutcomes`).
 */
export function judgePromised(facts: Facts, say: Say): void {
  const promised = promisedIn(facts);
  for (const row of facts.notifications) {
    const { channel, status, outcomes = [] } = row.notification;
    const outcome = promised.get(orderKey(row))?.bounced ? 'bounced' : 'delivered';
    if (channel === 'email' && status === 'SENT' && !outcomes.includes(outcome))
      say('lost', aboutNotification(row), `the provider has told that it ${outcome}; the row knows ${outcomes}`);
  }
}

/**
 * Cancelled and sent exclude each other: after a client was told so, no sender may call. Nothing here shows when a call
 * began, so the times in the row are compared; the simulation knows the true times (`checkEnds`).
 */
export function judgeCancelled({ told, notifications }: Facts, say: Say): void {
  const cancelled = Map.groupBy(
    told.filter((one) => one.wish.kind === 'cancel' && isAccepted(one)),
    ({ wish }) => orderKey(wish),
  );
  for (const row of notifications) {
    const { status, attempts, resolutions = [] } = row.notification;
    const answers = cancelled.get(orderKey(row)) ?? [];
    const at = resolutions.find(({ action }) => action === 'cancel')?.at;
    const tell: Tell = (kind, why) => say(kind, aboutNotification(row), `${why}: ${JSON.stringify(row.notification)}`);
    if (new Set(answers.map(({ wish }) => wish.key)).size > 1)
      tell('doubled', 'two people were told that they cancelled');
    if (answers.length > 0 && !(status === 'CANCELLED' || status === 'SENT')) tell('lost', 'its cancellation');
    if (status === 'CANCELLED' && answers.length === 0) tell('phantom', 'CANCELLED, and nobody asked for that');
    if (attempts.some(({ claimedAt }) => at !== undefined && claimedAt > at))
      tell('phantom', 'claimed after it was cancelled');
  }
}

/**
 * What may still be sent has its file, and what may not has none: neither in the bucket nor in its row. A message
 * that died with its function five times waits in the dead-letter queue for a person, and a file with it.
 */
export function judgeAttachments({ wishes, told, notifications, attachments, queues }: Facts, say: Say): void {
  const accepted = new Set(told.filter(isAccepted).map(({ wish }) => wish));
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
    else judgeAttachment(row, user, say);
  }
  for (const wish of named.values()) say('lost', aboutWish(wish), 'the row of its attachment is not there');
}

const filesOf = ({ kind, body }: Wish): readonly string[] =>
  kind === 'message' ? ((body.attachments as string[] | undefined) ?? []) : [];

type Status = Notification['status'] | undefined;
const isDone = (user: Status): boolean => user === 'SENT' || user === 'CANCELLED';

function judgeAttachment(row: AttachmentRow, user: Status, say: Say): void {
  const { tenant, attachmentId, status, stored } = row;
  const about = `${tenant} attachment ${attachmentId} of a message that is ${user}`;
  const shown = `it is ${status}, and its bytes are ${stored ? '' : 'not '}stored`;
  if (user === undefined) say('phantom', about, shown);
  else if (isDone(user) && (status !== 'DELETED' || stored)) say('unfinished', about, shown);
  else if (!isDone(user) && (status !== 'IN_USE' || !stored)) say('lost', about, shown);
}
