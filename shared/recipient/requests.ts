import * as v from 'valibot';
import { emailAddress, phoneNumber } from '#shared/http/input/fields.ts';
import { objectOnly, strictObject } from '#shared/http/input/structures.ts';
import type { Parameter } from '#shared/http/route.ts';

/** One recipient: the body of `POST /suppressions`, and the query of requests about one recipient. */
export const suppressSchema = objectOnly(
  v.variant('channel', [
    strictObject({ channel: v.literal('email'), address: emailAddress }),
    strictObject({ channel: v.literal('sms'), address: phoneNumber }),
  ]),
);

/** Query of requests about one recipient: `?channel=email&address=ada@example.com`. */
export type AddressQuery = v.InferOutput<typeof suppressSchema>;

/** Those parameters. */
export const recipientParameters: readonly Parameter[] = [
  {
    component: 'Channel',
    name: 'channel',
    in: 'query',
    required: true,
    schema: { type: 'string', enum: ['email', 'sms'] },
  },
  {
    component: 'Address',
    name: 'address',
    in: 'query',
    required: true,
    description: 'E-mail address, or phone number in E.164.',
    schema: { type: 'string' },
  },
];
