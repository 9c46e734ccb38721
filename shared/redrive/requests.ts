import * as v from 'valibot';
import { DEAD_LETTER_FILTERS } from '#shared/dead-letter/requests.ts';
import { DERIVED_ID } from '#shared/http/derived-id.ts';
import { plainText, textOf } from '#shared/http/input/fields.ts';
import { crossFieldCheck, objectOnly, strictObject, wholeNumberBetween } from '#shared/http/input/structures.ts';
import { isReversed } from '#shared/http/list-query.ts';

/** Bound of the body of `POST /redrives`: a thousand ids. */
export const PLAN_BODY_BYTES = 64 * 1024;
/** Bound of the bodies of the commands about a redrive. */
export const REDRIVE_BODY_BYTES = 4 * 1024;

/** Bound of the body of `POST /dead-letters/{deadLetterId}/edit`: a message, which has some kilobytes at most. */
export const EDIT_BODY_BYTES = 32 * 1024;

/** The most dead letters that one request names. */
const MOST_IDS = 1000;
const MOST_STEPS = 10;

const { status: _status, ...filters } = DEAD_LETTER_FILTERS;

const isRepeated = (entries: readonly unknown[]): boolean => new Set(entries).size < entries.length;

const isIncreasing = (sizes: readonly number[]): boolean =>
  sizes.every((size, index) => index === 0 || size > Number(sizes[index - 1]));

const selectionSchema = v.pipe(
  strictObject({
    ...filters,
    /** These dead letters, without filters. */
    ids: v.optional(
      v.pipe(
        v.array(textOf('identifier', DERIVED_ID)),
        v.minLength(1),
        v.maxLength(MOST_IDS),
        v.check((ids) => !isRepeated(ids), 'DUPLICATE_ENTRIES'),
      ),
    ),
  }),
  crossFieldCheck((selection) => Object.keys(selection).length > 0, 'SELECTION_EMPTY'),
  crossFieldCheck(
    (selection) => selection.ids === undefined || Object.keys(selection).length === 1,
    'IDS_WITH_FILTERS',
    'ids',
  ),
  crossFieldCheck((selection) => !isReversed(selection), 'RANGE_REVERSED', 'from'),
);

/** Body of `POST /redrives`. */
export const planRedriveSchema = strictObject({
  /** The filters of `GET /dead-letters`, or ids. A dead letter is selected if all filters match. */
  selection: selectionSchema,
  /** Default: 50. */
  ratePerSecond: v.optional(wholeNumberBetween(1, 500)),
  /** The sizes of the first steps, each larger than the one before. Default: 1, 10, 100. Empty: all are one step. */
  canary: v.optional(
    v.pipe(
      v.array(wholeNumberBetween(1, 100_000)),
      v.maxLength(MOST_STEPS),
      v.check((sizes) => isIncreasing(sizes), 'NOT_INCREASING'),
    ),
  ),
  /** A step with a higher share of failures stops the redrive. Default: 0.1. */
  stopAbove: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  /** Only the plan: nothing is kept. */
  dryRun: v.optional(v.boolean()),
});

/** The position in the set where a page of members begins. */
export const memberCursor = textOf('identifier', /^\d{1,6}$/);

/** Query of `GET /redrives/{redriveId}`. */
export const redriveQuerySchema = strictObject({ cursor: v.optional(memberCursor) });

/** Body of the commands that people give a reason for. */
export const redriveReasonSchema = strictObject({
  /** Everyone who operates the stage reads it: no personal data. */
  reason: v.optional(plainText(500)),
});

/** Body of `POST /dead-letters/{deadLetterId}/edit`. */
export const editSchema = strictObject({
  /** The whole message, as the dead letter shows it, with other `data`. */
  message: objectOnly(v.record(v.string(), v.unknown())),
  /** Why. Everyone who operates the stage reads it: no personal data. */
  reason: plainText(500),
});

/** Body of the commands without a reason. */
export const noFieldsSchema = strictObject({});

export type PlanRedriveBody = v.InferOutput<typeof planRedriveSchema>;
export type EditBody = v.InferOutput<typeof editSchema>;
export type RedriveReasonBody = v.InferOutput<typeof redriveReasonSchema>;
