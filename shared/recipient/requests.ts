import * as v from 'valibot';
import { emailAddress, phoneNumber } from '#shared/http/input/fields.ts';
import { objectOnly, strictObject } from '#shared/http/input/structures.ts';

/** One recipient: the body of `POST /suppressions`, and the query of requests about one recipient. */
export const suppressSchema = objectOnly(
  v.variant('channel', [
    strictObject({ channel: v.literal('email'), address: emailAddress }),
    strictObject({ channel: v.literal('sms'), address: phoneNumber }),
  ]),
);

/** Query of requests about one recipient: `?channel=email&address=ada@example.com`. */
export type AddressQuery = v.InferOutput<typeof suppressSchema>;
