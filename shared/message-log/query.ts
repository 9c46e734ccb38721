import * as v from 'valibot';
import { emailAddress, identifier, phoneNumber, textOf } from '#shared/http/input/fields.ts';
import { crossFieldCheck, strictObject } from '#shared/http/input/structures.ts';
import { isReversed, LIST_ENTRIES } from '#shared/http/list-query.ts';
import { notificationSchema } from '#shared/notification/responses.ts';
import { ORDER_ID } from '#shared/order/order-id.ts';

/** The form of a purpose. Business domains have purposes of their own, so there is no list of them. */
const PURPOSE = /^[A-Za-z0-9_-]{1,64}$/;

const { channel, status } = notificationSchema.entries;

/** Query of `GET /notifications`. API Gateway passes every parameter as text. */
export const logQuerySchema = v.pipe(
  strictObject({
    channel: v.optional(channel),
    status: v.optional(status),
    purpose: v.optional(textOf('purpose', PURPOSE)),
    recipient: v.optional(textOf('recipient', (text) => v.is(emailAddress, text) || v.is(phoneNumber, text))),
    orderId: v.optional(textOf('order-id', ORDER_ID)),
    customerId: v.optional(identifier),
    endpointId: v.optional(identifier),
    ...LIST_ENTRIES,
  }),
  crossFieldCheck((query) => !isReversed(query), 'RANGE_REVERSED', 'from'),
);

export type LogQuery = v.InferOutput<typeof logQuerySchema>;
