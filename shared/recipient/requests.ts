import * as v from 'valibot';
import { contactName, emailAddress, locale, phoneNumber } from '#shared/http/input/fields.ts';
import { crossFieldCheck, objectOnly, strictObject } from '#shared/http/input/structures.ts';
import type { Parameter } from '#shared/http/route.ts';

/** The fields of a contact. */
export const contactFields = {
  name: contactName,
  email: v.optional(emailAddress),
  phone: v.optional(phoneNumber),
  locale: v.optional(locale),
};

/** At least one of e-mail and phone. */
export const reachable = <Given extends { email?: string | undefined; phone?: string | undefined }>() =>
  crossFieldCheck<Given>(({ email, phone }) => email !== undefined || phone !== undefined, 'CONTACT_UNREACHABLE');

/** The same as keywords of JSON Schema: the generator cannot convert a check of the whole object. */
export const REACHABLE = { anyOf: [{ required: ['email'] }, { required: ['phone'] }] };

/** A contact: name, e-mail, phone and locale. */
export const contactSchema = v.pipe(strictObject(contactFields), reachable());

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
