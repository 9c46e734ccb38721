import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import { wholeNumber } from '#shared/http/input/structures.ts';

/** Answer to a request to erase personal data. */
export const erasureAnswerSchema = v.object({
  erasureId: v.string(),
  status: v.picklist(['RUNNING']),
  /** An earlier request started it, and it is not done yet. */
  alreadyRunning: v.boolean(),
});

export const erasureSchema = v.object({
  erasureId: v.string(),
  status: v.picklist(['RUNNING', 'INCOMPLETE', 'DONE']),
  /** Time of the latest request. Everything that was accepted until then is erased. */
  requestedAt: utcTimestamp,
  /** Number of notifications that are erased so far. */
  erased: wholeNumber,
  /** Number of unreadable notifications. They are not erased, because it is unknown whether they concern the person. */
  unreadable: wholeNumber,
  /** The first 100 of the unreadable notifications. */
  unreadableNotifications: v.optional(v.array(v.object({ notificationId: v.string(), code: v.string() }))),
  doneAt: v.optional(utcTimestamp),
});

export type ErasureView = v.InferOutput<typeof erasureSchema>;
