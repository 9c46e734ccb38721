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

/** Why a dead letter that was named cannot be a member. */
export type UnusableLetter = { code: 'DEAD_LETTER_NOT_FOUND' | 'DEAD_LETTER_NOT_OPEN'; message: string; next: string };

/** An id that no dead letter has. */
export const unknownLetter = (id: string): UnusableLetter => ({
  code: 'DEAD_LETTER_NOT_FOUND',
  message: `There is no dead letter ${id}.`,
  next: 'Check the id; GET /dead-letters lists the open ones.',
});

/** A dead letter that is not open. @param redriveId of the redrive that has marked it. */
export function closedLetter(
  id: string,
  status: 'discarded' | 'resolved' | 'redriving',
  redriveId = 'another redrive',
): UnusableLetter {
  const code = 'DEAD_LETTER_NOT_OPEN';
  switch (status) {
    case 'discarded':
      return {
        ...{ code, message: `The dead letter ${id} is discarded.` },
        next: 'Leave it out. If its message fails again, it is open again.',
      };
    case 'resolved':
      return { code, message: `The dead letter ${id} is resolved.`, next: 'Leave it out: it was handled.' };
    case 'redriving':
      return {
        ...{ code, message: `The dead letter ${id} is being redriven by ${redriveId}.` },
        next: 'Wait until that redrive ends. GET /redrives/{redriveId} shows its progress and who started it.',
      };
    default:
      return status satisfies never;
  }
}

/** Ids that cannot be redriven, by their position in the request. All of them are listed. */
export function unusableLetters(unusable: readonly [position: number, UnusableLetter][]): RequestRefused {
  const [[, first] = [0, unknownLetter('')]] = unusable;
  const faults = unusable.map(([position, fault]) => ({ path: `/selection/ids/${position}`, ...fault }));
  if (unusable.length === 1) return new RequestRefused(first.code, first.message, first.next);
  return new RequestRefused(
    unusable.some(([, { code }]) => code === 'DEAD_LETTER_NOT_FOUND')
      ? 'DEAD_LETTER_NOT_FOUND'
      : 'DEAD_LETTER_NOT_OPEN',
    `${unusable.length} of the dead letters cannot be redriven.`,
    'Correct or leave out each of the ids in errors.',
    faults,
  );
}

/** The stage does not permit edits. */
export const editingOff = (): RequestRefused =>
  new RequestRefused(
    'EDITING_OFF',
    'Messages of dead letters cannot be edited on this stage.',
    'Set operatorsEditMessages to true in the settings of the stage (infra/stages.ts) and deploy it, or redrive the message as it is.',
  );

/** An edited message could not be handled, or could be handled a second time. @param why a sentence. */
export const notEditable = (why: string, next: string): RequestRefused =>
  new RequestRefused('MESSAGE_NOT_EDITABLE', why, next);

/** The dead letter to be edited is on its way. */
export const editedInRedrive = (redriveId: string, actor: string): RequestRefused =>
  new RequestRefused(
    'DEAD_LETTER_NOT_OPEN',
    `The dead letter is being redriven by ${redriveId}, which ${actor} has started.`,
    `Wait until that redrive ends, or ask ${actor}. GET /redrives/${redriveId} shows its progress.`,
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
