import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import { wholeNumberBetween } from '#shared/http/input/structures.ts';
import { contactFields } from '#shared/recipient/requests.ts';

const customerFields = {
  customerId: v.string(),
  version: wholeNumberBetween(1),
  registeredAt: utcTimestamp,
};

/** Answer to a registration. */
export const customerAnswerSchema = v.object({ ...customerFields, status: v.picklist(['registered']) });

/** A customer. After an erasure, the contact is absent: name, email, phone and locale. */
export const customerViewSchema = v.object({
  ...customerFields,
  status: v.picklist(['registered', 'erased']),
  ...v.partial(v.object(contactFields)).entries,
  erasedAt: v.optional(utcTimestamp),
});

export type CustomerView = v.InferOutput<typeof customerViewSchema>;
