import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';

/** A declared attachment, and the request that uploads it, with exactly these headers. */
export const attachmentAnswerSchema = v.object({
  attachmentId: v.string(),
  upload: v.object({
    url: v.pipe(v.string(), v.url()),
    method: v.picklist(['PUT']),
    headers: v.record(v.string(), v.string()),
  }),
  /** The upload must start before then. The same request with the same key renews it. */
  expiresAt: utcTimestamp,
});

export type AttachmentAnswer = v.InferOutput<typeof attachmentAnswerSchema>;
