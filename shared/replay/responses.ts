import * as v from 'valibot';
import { identifier, utcTimestamp } from '#shared/http/input/fields.ts';
import { wholeNumber } from '#shared/http/input/structures.ts';

export const skippedSchema = v.object({
  tenant: v.string(),
  /** `<type>/<id>`: what the message is about. */
  subject: v.string(),
  /** Id of the message, or the place of the outbox row. */
  id: v.string(),
  /** A code. */
  reason: v.string(),
  detail: v.string(),
});

export const replaySchema = v.object({
  replayId: v.string(),
  projection: v.string(),
  tenant: v.optional(identifier),
  from: v.optional(utcTimestamp),
  status: v.picklist(['running', 'done', 'stopped', 'failed']),
  /** What it does now. `finished`: it also has deleted the rows that are no longer read. */
  step: v.picklist([
    'queued',
    'preparing',
    'copying',
    'building',
    'switching',
    'leaving',
    'settling',
    'deleting',
    'finished',
  ]),
  startedAt: utcTimestamp,
  /** Since when the new rows are read. */
  switchedAt: v.optional(utcTimestamp),
  /** When the status stopped being `running`. */
  endedAt: v.optional(utcTimestamp),
  /** Why it failed: a code. */
  reason: v.optional(v.string()),
  counts: v.object({
    /** Rows of the table that were examined. */
    examined: wholeNumber,
    /** Messages about the read model. */
    messages: wholeNumber,
    /** Rows that were written: one for all messages of a page about the same thing. */
    written: wholeNumber,
    /** Rows that were copied because of `from`. */
    copied: wholeNumber,
    /** Rows that were deleted afterwards, because they are not read. */
    deleted: wholeNumber,
  }),
  skipped: v.object({
    /** Messages and outbox rows that cannot be read. */
    count: wholeNumber,
    /** The first 100 of them. */
    named: v.array(skippedSchema),
  }),
});

export const replaysSchema = v.object({ replays: v.array(replaySchema) });

export type ReplayView = v.InferOutput<typeof replaySchema>;
