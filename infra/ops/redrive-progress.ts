import type * as v from 'valibot';
import type { redriveProgressSchema } from '#shared/redrive/responses.ts';

/** A redrive with the members that failed again or were skipped. */
export type RedriveProgressView = v.InferOutput<typeof redriveProgressSchema>;
