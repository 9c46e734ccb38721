import * as v from 'valibot';
import { DERIVED_ID } from '#shared/http/derived-id.ts';
import { plainText, textOf, timestamp } from '#shared/http/input/fields.ts';
import { crossFieldCheck, strictObject } from '#shared/http/input/structures.ts';
import { isReversed } from '#shared/http/list-query.ts';
import { TENANT_NAME } from '#shared/names.ts';
import { DEAD_LETTER_STATUSES } from '#shared/once/dead-letter.ts';

/** Bound of the bodies about dead letters. */
export const DEAD_LETTER_BODY_BYTES = 8 * 1024;

const code = textOf('identifier', TENANT_NAME);

/** The filters of dead letters. */
export const DEAD_LETTER_FILTERS = {
  subscriber: v.optional(code),
  type: v.optional(plainText(128)),
  reason: v.optional(code),
  fingerprint: v.optional(textOf('identifier', DERIVED_ID)),
  tenant: v.optional(code),
  from: v.optional(timestamp),
  to: v.optional(timestamp),
  status: v.optional(v.picklist(DEAD_LETTER_STATUSES)),
  owner: v.optional(plainText(100)),
};

/** Query of `GET /dead-letters`. */
export const deadLettersQuerySchema = v.pipe(
  strictObject({ ...DEAD_LETTER_FILTERS, cursor: v.optional(v.string()) }),
  crossFieldCheck((query) => !isReversed(query), 'RANGE_REVERSED', 'from'),
);

/** Query of `GET /audit`. */
export const auditQuerySchema = v.pipe(
  strictObject({ from: v.optional(timestamp), to: v.optional(timestamp), cursor: v.optional(v.string()) }),
  crossFieldCheck((query) => !isReversed(query), 'RANGE_REVERSED', 'from'),
);

/** Body of `POST /dead-letters/{deadLetterId}/discard`. */
export const discardSchema = strictObject({
  /** Why nothing has to be done. Everyone who operates the stage reads it: no personal data. */
  reason: plainText(500),
});

/** Body of `PATCH /dead-letters/groups/{fingerprint}`. A field that is absent does not change. */
export const describeGroupSchema = strictObject({
  /** The team or person that takes care of the group. `null` removes it. */
  owner: v.optional(v.nullable(plainText(100))),
  /** What is known about the cause. `null` removes it. */
  note: v.optional(v.nullable(plainText(1000))),
});

export type DiscardBody = v.InferOutput<typeof discardSchema>;
export type DescribeGroupBody = v.InferOutput<typeof describeGroupSchema>;
