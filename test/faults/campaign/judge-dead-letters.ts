import { EMAIL_FEEDBACK_SUBSCRIBER, FUNCTION } from '#shared/names.ts';
import { tracedMessage } from '#shared/once/trace.ts';
import type { DeadLetterRow, Facts } from './facts.ts';
import type { Report } from './violations.ts';

/** Events of providers have no place in an outbox, and their text is not kept. */
const OF_PROVIDERS: readonly string[] = [EMAIL_FEEDBACK_SUBSCRIBER, FUNCTION.recordSmsFeedback];

/** What faults at calls, kills and refused claims can lead to. No fault of a campaign makes a message unreadable. */
const EXPECTED: readonly string[] = ['CRASHED', 'GIVEN_UP'];

/**
 * Everything that gave up is a dead letter that a campaign can cause, about a message that was published, and operators
 * see it. The other judges excuse what is missing because of it only for the subscriber that it names.
 */
export function judgeDeadLetters(facts: Facts, report: Report): void {
  const { deadLetters, listedDeadLetters, messages, queues } = facts;
  const published = new Map(messages.map(({ id, body }) => [id, body]));
  for (const letter of deadLetters) judgeLetter(letter, published, report);
  for (const { name, depth } of queues)
    if (name.endsWith(', dead')) report('unfinished', `queue of ${name}`, `${depth} messages are no dead letters yet`);
  const stored = new Set(deadLetters.map(({ deadLetterId }) => deadLetterId));
  const listed = new Set(listedDeadLetters);
  for (const id of stored) if (!listed.has(id)) report('lost', `dead letter ${id}`, 'no list shows it');
  for (const id of listed) if (!stored.has(id)) report('phantom', `dead letter ${id}`, 'it is listed and not stored');
}

function judgeLetter(letter: DeadLetterRow, published: ReadonlyMap<string, string>, report: Report): void {
  const { deadLetterId, subscriber, reason, id, message } = letter;
  const about = `dead letter ${deadLetterId} of ${subscriber}, ${reason}`;
  const isOfProvider = OF_PROVIDERS.includes(subscriber);
  if (!EXPECTED.includes(reason)) report('lost', about, 'no fault of a campaign can cause it');
  if (isOfProvider) return;
  const body = published.get(id);
  if (body === undefined) report('phantom', about, `its message ${id} is in no outbox`);
  else if (tracedMessage(body).body !== tracedMessage(message ?? '').body)
    report('diverging', about, 'its message has other contents than the outbox');
}
