/**
 * The reasons of dead letters that may go away by themselves, each with why. Only groups with one of them are redriven
 * automatically. Every other reason is about the message itself, or may be, so a person looks at it first.
 */
const TRANSIENT_REASONS = new Map<string, string>([
  [
    'GIVEN_UP',
    'The subscriber failed with an error each time, and the message could be read: its dependencies may be back.',
  ],
  ['WAITED_TOO_LONG', 'A dependency was unavailable for as long as the queue keeps a message.'],
  [
    'UNDELIVERABLE',
    'SNS could not put the message into the queue. The queue or its policy was wrong, not the message.',
  ],
]);

/**
 * Reasons that look transient and are not: `CRASHED`, because a message may crash the function each time it is
 * received, `UNREADABLE_RECORD`, `MALFORMED` and the like, because the message or row stays as it is, and `CONTENT_GONE`
 * and `ATTACHMENT_MISSING`, because what was lost does not come back by itself.
 */
export const isTransient = (reason: string): boolean => TRANSIENT_REASONS.has(reason);
