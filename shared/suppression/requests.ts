import * as v from 'valibot';
import { emailAddress, phoneNumber, textOf } from '#shared/http/input/fields.ts';
import { crossFieldCheck, strictObject } from '#shared/http/input/structures.ts';
import type { suppressSchema } from '#shared/recipient/requests.ts';

const isOptionally = (schema: v.GenericSchema<string>, value: unknown): boolean =>
  value === undefined || v.is(schema, value);

/** Query of `GET /suppressions`: the suppression of one recipient, or all of them in pages. */
export const suppressionsQuerySchema = v.pipe(
  strictObject({
    channel: v.optional(v.picklist(['email', 'sms'])),
    address: v.optional(v.string()),
    /** The last suppression of the previous page. */
    cursor: v.optional(textOf('cursor', /^[A-Za-z0-9_-]{22}$/)),
  }),
  crossFieldCheck(
    ({ channel, address }) => (channel === undefined) === (address === undefined),
    'INCOMPLETE',
    'address',
  ),
  crossFieldCheck(
    ({ channel, address }) => channel !== 'email' || isOptionally(emailAddress, address),
    'email',
    'address',
  ),
  crossFieldCheck(({ channel, address }) => channel !== 'sms' || isOptionally(phoneNumber, address), 'e164', 'address'),
);

/** Bound of the body of `POST /suppressions`: a channel and an address. */
export const SUPPRESS_BODY_BYTES = 1024;

export type SuppressionsQuery = v.InferOutput<typeof suppressionsQuerySchema>;
export type SuppressBody = v.InferOutput<typeof suppressSchema>;
