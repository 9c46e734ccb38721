import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import { wholeNumber } from '#shared/http/input/structures.ts';

/** A message or record that could not be handled. It is stored with the reason until an operator deals with it. */
export const deadLetterSchema = v.object({
  id: v.string(),
  /** The function that failed. */
  subscriber: v.string(),
  reason: v.string(),
  detail: v.string(),
  /** The message, if it contains no personal data. */
  message: v.optional(v.string()),
  firstSeenAt: utcTimestamp,
  lastSeenAt: utcTimestamp,
  /** How often it was received. */
  count: wholeNumber,
});

export const deadLettersSchema = v.object({ deadLetters: v.array(deadLetterSchema) });

export type DeadLetterView = v.InferOutput<typeof deadLetterSchema>;
