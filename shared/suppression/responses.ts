import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import { channel } from '#shared/recipient/channel.ts';

export const suppressionAnswerSchema = v.object({ channel, reason: v.picklist(['MANUAL']), since: utcTimestamp });

export const liftedSuppressionSchema = v.object({
  channel,
  reason: v.picklist(['BOUNCE', 'COMPLAINT', 'MANUAL']),
  /** The notification whose feedback caused it, or `api`. */
  origin: v.string(),
  since: utcTimestamp,
  lifted: v.literal(true),
});

export const suppressionListSchema = v.object({
  suppressions: v.array(
    v.object({
      suppressionId: v.string(),
      channel,
      reason: v.picklist(['BOUNCE', 'COMPLAINT', 'MANUAL']),
      /** The notification whose feedback caused it, or `api`. */
      origin: v.string(),
      since: utcTimestamp,
    }),
  ),
  nextCursor: v.optional(v.string()),
});

export type SuppressionListView = v.InferOutput<typeof suppressionListSchema>;
