import * as v from 'valibot';
import { wholeNumber } from '#shared/http/input/structures.ts';

export const faultSchema = v.object({ path: v.string(), code: v.string(), message: v.string(), next: v.string() });

/** RFC 9457. */
export const problemSchema = v.object({
  type: v.string(),
  title: v.string(),
  status: wholeNumber,
  code: v.string(),
  detail: v.string(),
  next: v.string(),
  errors: v.optional(v.array(faultSchema)),
  /** Only in an answer 412. */
  currentVersion: v.optional(wholeNumber),
});

/** An answer of API Gateway itself, without calling a function. */
export const gatewayMessageSchema = v.looseObject({ message: v.string() });
