import type { DeadLetterView } from '#shared/dead-letter/responses.ts';
import { isNotificationId, letterOrNotificationId } from '../ids.ts';
import { formatNotification, readNotification } from '../notification-view.ts';
import { show } from '../session.ts';
import { formatFields } from '../table.ts';
import { age } from '../text.ts';
import { type Verb, verbCommand } from '../verb.ts';

/** One dead letter with its history, or one notification without its content. */
export const showVerb: Verb = (run) =>
  verbCommand(
    'show',
    'Show a dead letter with its history, or the state of a notification',
    'show gct2tufcpnxv4zeall7tmeldwd',
    'show order_5is3epjtfdpqmrpw7qi43cz6bz_1-1 --as acme',
  )
    .argument('<id>', 'id of the dead letter or notification', letterOrNotificationId)
    .action((id) =>
      run.read(async (session) => {
        if (isNotificationId(id)) {
          const notification = await readNotification(session, id);
          return show(session, notification, () => formatNotification(notification, session.terminal.width));
        }
        const letter = await session.api.get<DeadLetterView>(`/dead-letters/${encodeURIComponent(id)}`);
        return show(session, letter, () => formatDeadLetter(letter, session.now(), session.terminal.width));
      }),
    );

/** @param now epoch milliseconds. @param width of the terminal. */
export function formatDeadLetter(letter: DeadLetterView, now: number, width: number): string {
  const { subject, tenant, frames, history } = letter;
  const since = (at: string): string => `${at} (${age(at, now)} ago)`;
  return formatFields(
    [
      ['id', letter.deadLetterId],
      ['status', letter.generation > 1 ? `${letter.status}, generation ${letter.generation}` : letter.status],
      ['subscriber', letter.subscriber],
      ['reason', letter.reason],
      ['detail', letter.detail],
      ['subject', subject],
      ['tenant', tenant],
      ['message type', letter.messageType],
      ['message id', letter.id],
      ['correlation id', letter.correlationId],
      ['error', letter.errorName],
      ['frames', frames?.join('\n')],
      ['message', shortened(letter.message)],
      ['release', letter.release],
      ['attempts', String(letter.attempts)],
      ['recorded', `${letter.count} ×`],
      ['first seen', since(letter.firstSeenAt)],
      ['last seen', since(letter.lastSeenAt)],
      ['open since', letter.status === 'open' ? since(letter.openedAt) : undefined],
      ['group', letter.fingerprint],
      ['edited from', letter.editedFrom],
      ['edited to', letter.editedTo],
      ['owner', letter.owner],
      ['note', letter.note],
      [
        'history',
        history
          .map(({ at, action, actor, reason }) => [at, action, actor, reason].filter(Boolean).join('  '))
          .join('\n'),
      ],
    ],
    width,
  ).trimEnd();
}

/** A terminal needs a minute to wrap a message of 100 KB, and no one reads it there. */
const MOST_CHARACTERS = 2000;

function shortened(text: string | undefined): string | undefined {
  if (text === undefined || text.length <= MOST_CHARACTERS) return text;
  return `${text.slice(0, MOST_CHARACTERS)}…\n(${text.length} characters; --json prints all of them)`;
}
