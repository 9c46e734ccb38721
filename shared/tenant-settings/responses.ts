import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import { wholeNumber } from '#shared/http/input/structures.ts';
import { settingsSchema } from './requests.ts';

/** The answer to a change. */
export const settingsAnswerSchema = v.object({
  version: v.pipe(wholeNumber, v.minValue(1)),
  changedAt: utcTimestamp,
});

/** The settings as they were set. Version 0: nothing was ever set. */
export const settingsViewSchema = v.object({
  version: v.pipe(wholeNumber, v.minValue(0)),
  changedAt: v.optional(utcTimestamp),
  ...settingsSchema.entries,
});
