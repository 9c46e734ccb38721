import { EMAIL_FEEDBACK_SUBSCRIBER, FUNCTION, NOTIFICATION_REQUESTED } from '#shared/names.ts';
import type { DeadLetterAction } from '#shared/once/dead-letter.ts';
import { tracedMessage } from '#shared/once/trace.ts';
import { messageIn, nameOf } from '#test/support/judge/messages.ts';
import { type DeadLetterRow, type Facts, gaveUp } from './facts.ts';
import { isAccepted, type Report, type ReportOne } from './violations.ts';

/** Events of providers have no place in an outbox, and their text is not kept. */
const OF_PROVIDERS: readonly string[] = [EMAIL_FEEDBACK_SUBSCRIBER, FUNCTION.recordSmsFeedback];

/**
 * Everything that gave up is a dead letter that a campaign can cause, about a message that was published or is poison, and
 * operators see it. Each ends resolved, discarded by an operator, or open for a reason that is still true. The other
 * judges excuse what is missing because of it only for the subscriber that it names, and only if it is not resolved.
 */
export function judgeDeadLetters(facts: Facts, report: Report): void {
  const { deadLetters, queues } = facts;
  for (const letter of deadLetters) {
    const about = `dead letter ${letter.deadLetterId} of ${letter.subscriber}, ${letter.reason}`;
    const reportOne: ReportOne = (kind, why) => report(kind, about, why);
    judgeMessage(letter, facts, reportOne);
    judgeHistory(letter, reportOne);
    judgeEnd(letter, facts, reportOne);
  }
  for (const { name, depth } of queues)
    if (name.endsWith(', dead')) report('unfinished', `queue of ${name}`, `${depth} messages are no dead letters yet`);
  judgeLists(facts, report);
  judgePoison(facts, report);
  judgeDiscards(facts, report);
}

function judgeLists({ deadLetters, listedDeadLetters }: Facts, report: Report): void {
  const open = new Set(deadLetters.flatMap(({ status, deadLetterId }) => (status === 'open' ? deadLetterId : [])));
  const listed = new Set(listedDeadLetters);
  for (const id of open) if (!listed.has(id)) report('lost', `dead letter ${id}`, 'no list shows it');
  for (const id of listed) if (!open.has(id)) report('phantom', `dead letter ${id}`, 'it is listed and is not open');
}

/** It is about a message of ours, with its content, or about poison that the campaign sent. */
function judgeMessage(letter: DeadLetterRow, facts: Facts, reportOne: ReportOne): void {
  const { subscriber, reason, id, message } = letter;
  const poison = facts.poison.find((one) => one.id === id && one.subscriber === subscriber);
  if (reason !== poison?.reason && !gaveUp(letter)) reportOne('lost', 'no fault of a campaign can cause it');
  if (poison || OF_PROVIDERS.includes(subscriber)) return;
  const body = facts.messages.find((one) => one.id === id)?.body;
  if (body === undefined) {
    if (!isReminder(letter, facts)) reportOne('phantom', `its message ${id} is in no outbox`);
  } else if (tracedMessage(body).body !== tracedMessage(message ?? '').body)
    reportOne('diverging', 'its message has other contents than the outbox');
}

/** `wake-due` requests a notification again with a message that is in no outbox. */
function isReminder({ messageType, message }: DeadLetterRow, { notifications }: Facts): boolean {
  if (messageType !== NOTIFICATION_REQUESTED || message === undefined) return false;
  const { tenant, notificationId = '' } = messageIn(message);
  return notifications.some((row) => nameOf(row.tenant, row.notificationId) === nameOf(tenant, notificationId));
}

/** A failure that is recorded again begins a new generation. An operator, or a redrive, gives a reason or a name. */
const isNewFailure = ({ action, reason }: DeadLetterAction): boolean => action === 'reopen' && reason === undefined;

/**
 * A message is marked before it is sent again, and its dead letter is resolved only by the redrive of the same generation:
 * a failure that came after the mark is not resolved by the message that was marked before it.
 */
function judgeHistory({ history }: DeadLetterRow, reportOne: ReportOne): void {
  let isMarked = false;
  for (const action of history) {
    if (action.action === 'redrive') isMarked = true;
    else if (isNewFailure(action)) isMarked = false;
    else if (action.action === 'resolve' && !isMarked)
      reportOne('phantom', `it was resolved without a redrive of this failure: ${JSON.stringify(history)}`);
  }
}

/** Why a dead letter with a message was not sent again: its notification has ended. */
const ENDED_AS: readonly string[] = ['HELD', 'FAILED', 'SUPPRESSED', 'CANCELLED'];

function judgeEnd(letter: DeadLetterRow, facts: Facts, reportOne: ReportOne): void {
  const { deadLetterId, status, history, message } = letter;
  if (status === 'redriving') reportOne('unfinished', 'it is still being redriven');
  if (status === 'discarded') {
    const reason = history.findLast(({ action }) => action === 'discard')?.reason;
    const isAsked = facts.answers.some(
      (one) => isDiscardOf(one.request, deadLetterId) && isAccepted(one) && one.request.body.reason === reason,
    );
    if (!isAsked) reportOne('phantom', `it was discarded because of ${reason}, and no operator did that`);
  }
  if (status !== 'open') return;
  const left = facts.leftOpen.find((one) => one.deadLetterId === deadLetterId);
  if (!left) reportOne('unfinished', 'it is open, and the last redrive of all did not name it');
  else if (message === undefined ? left.reason !== 'NO_MESSAGE' : notificationStatus(message, facts) !== left.reason)
    reportOne('diverging', `it stays open because of ${left.reason}, which is not true`);
}

/** @returns undefined: the message is about no notification, or its notification has not ended. */
function notificationStatus(message: string, { notifications }: Facts): string | undefined {
  const { tenant, notificationId } = messageIn(message);
  const row = notifications.find((one) => one.tenant === tenant && one.notificationId === notificationId);
  return ENDED_AS.find((status) => status === row?.notification.status);
}

/** Poison is never lost, and nothing can handle it. A function may have crashed before it had read the text. */
function judgePoison({ poison, deadLetters }: Facts, report: Report): void {
  for (const { subscriber, id } of poison) {
    const about = `poison ${id} for ${subscriber}`;
    const letter = deadLetters.find((one) => one.subscriber === subscriber && one.id === id);
    if (!letter) report('lost', about, 'it is no dead letter');
    else if (letter.status === 'resolved') report('phantom', about, 'it was resolved, and nothing can handle it');
  }
}

const isDiscardOf = ({ kind, path }: { kind: string; path: string }, deadLetterId: string): boolean =>
  kind === 'discard' && path === `/dead-letters/${deadLetterId}/discard`;

/** Each accepted discard is in the history of its dead letter, once. */
function judgeDiscards({ answers, deadLetters }: Facts, report: Report): void {
  const accepted = new Set(
    answers.filter((one) => one.request.kind === 'discard' && isAccepted(one)).map(({ request }) => request),
  );
  for (const request of accepted) {
    const letter = deadLetters.find(({ deadLetterId }) => isDiscardOf(request, deadLetterId));
    const times = (letter?.history ?? []).filter(
      ({ action, reason }) => action === 'discard' && reason === request.body.reason,
    ).length;
    if (times !== 1)
      report(times === 0 ? 'lost' : 'doubled', request.path, `its dead letter was discarded ${times} times for it`);
  }
}
