import { RequestRefused } from '#shared/http/request-refused.ts';

/** An id that no dead letter has. */
export const letterNotFound = (): RequestRefused =>
  new RequestRefused(
    'DEAD_LETTER_NOT_FOUND',
    'There is no such dead letter.',
    'Check the id; GET /dead-letters lists the open ones.',
  );

/** A dead letter that was closed before, or that is on its way. */
export const notOpen = (status: string, redriveId?: string): RequestRefused =>
  redriveId !== undefined && status === 'redriving'
    ? new RequestRefused(
        'DEAD_LETTER_NOT_OPEN',
        `The dead letter is being redriven by ${redriveId}.`,
        `Wait until that redrive ends, or end it with POST /redrives/${redriveId}/stop.`,
      )
    : new RequestRefused(
        'DEAD_LETTER_NOT_OPEN',
        `The dead letter is ${status}.`,
        'Nothing. GET /dead-letters/{deadLetterId} shows who did what.',
      );

/** A fingerprint that no group has. */
export const groupNotFound = (): RequestRefused =>
  new RequestRefused(
    'DEAD_LETTER_GROUP_NOT_FOUND',
    'There is no such group.',
    'Check the fingerprint; GET /dead-letters/groups lists the groups.',
  );

/** A body that asks for no change. */
export const nothingToChange = (): RequestRefused =>
  new RequestRefused('NOTHING_TO_CHANGE', 'The body has neither an owner nor a note.', 'Give one of them, or both.');
