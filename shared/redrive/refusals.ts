import { RequestRefused } from '#shared/http/request-refused.ts';
import type { SubscriberPause } from '#shared/lane/paused-subscribers.ts';
import type { Redrive } from './redrive.ts';

/** A selection without members. */
export const nothingSelected = (): RequestRefused =>
  new RequestRefused(
    'NOTHING_SELECTED',
    'No open dead letter matches the selection.',
    'Check the filters with GET /dead-letters, which has the same.',
  );

/** @param found at least so many. */
export const tooManyMembers = (found: number, most: number): RequestRefused =>
  new RequestRefused(
    'TOO_MANY_MEMBERS',
    `The selection has ${found} dead letters or more; a redrive has ${most} at most.`,
    'Narrow it with from and to, or with fingerprint, and redrive one part after the other.',
  );

/** A selection whose groups cannot be reserved together. */
export const tooManyGroups = (found: number, most: number): RequestRefused =>
  new RequestRefused(
    'TOO_MANY_GROUPS',
    `The selection has dead letters of ${found} groups; a redrive has ${most} groups at most.`,
    'Narrow it with subscriber, reason or fingerprint.',
  );

/** Ids that no dead letter has. */
export const unknownLetters = (first: string, count: number): RequestRefused =>
  new RequestRefused(
    'DEAD_LETTER_NOT_FOUND',
    count === 1
      ? `There is no dead letter ${first}.`
      : `There are no dead letters with ${count} of the ids: ${first}, …`,
    'Check the ids; GET /dead-letters lists the open ones.',
  );

/** A dead letter that was named and closed before. */
export const discardedLetter = (id: string): RequestRefused =>
  new RequestRefused(
    'DEAD_LETTER_NOT_OPEN',
    `The dead letter ${id} is discarded.`,
    'Leave it out. If its message fails again, it is open again.',
  );

/** A dead letter that was named and handled. */
export const letterResolved = (id: string): RequestRefused =>
  new RequestRefused('DEAD_LETTER_NOT_OPEN', `The dead letter ${id} is resolved.`, 'Leave it out: it was handled.');

/** A dead letter that was named and is on its way. */
export const letterInRedrive = (id: string, redriveId = 'another redrive'): RequestRefused =>
  new RequestRefused(
    'DEAD_LETTER_NOT_OPEN',
    `The dead letter ${id} is being redriven by ${redriveId}.`,
    'Wait until that redrive ends. GET /redrives/{redriveId} shows its progress and who started it.',
  );

/** Another redrive has one of the groups. */
export const redriveInProgress = ({ redriveId, actor, status }: Redrive, fingerprint: string): RequestRefused =>
  new RequestRefused(
    'REDRIVE_IN_PROGRESS',
    `The redrive ${redriveId} of ${actor} is ${status} and has the group ${fingerprint}.`,
    `Wait until it ends, or ask ${actor}. GET /redrives/${redriveId} shows its progress.`,
  );

/** A redrive whose messages would wait in the queue of a paused subscriber. */
export const subscriberPaused = (subscriber: string, { since, actor, reason }: SubscriberPause): RequestRefused =>
  new RequestRefused(
    'SUBSCRIBER_PAUSED',
    `${subscriber} is paused since ${since} by ${actor}: ${reason}`,
    'Resume the subscriber, or plan a redrive of the other subscribers. GET /subscribers shows the pauses.',
  );
