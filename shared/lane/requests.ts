import * as v from 'valibot';
import { plainText } from '#shared/http/input/fields.ts';
import { strictObject } from '#shared/http/input/structures.ts';

/** Bound of the bodies about subscribers. */
export const SUBSCRIBER_BODY_BYTES = 8 * 1024;

/** The name of a function. */
export const SUBSCRIBER_NAME = /^[a-z][a-z0-9-]{0,63}$/;

/** Body of `POST /subscribers/{subscriber}/pause`. */
export const pauseSchema = strictObject({
  /** Why it is paused. Everyone who operates the stage reads it: no personal data. */
  reason: plainText(500),
  /** The team or person that ends the pause. */
  owner: v.optional(plainText(100)),
});

/** Body of `POST /subscribers/{subscriber}/resume`. */
export const resumeSchema = strictObject({
  /** No personal data. */
  reason: v.optional(plainText(500)),
});

export type PauseBody = v.InferOutput<typeof pauseSchema>;
export type ResumeBody = v.InferOutput<typeof resumeSchema>;
