import * as v from 'valibot';
import { emailAddress, phoneNumber, textOf, timestamp } from '#shared/http/input/fields.ts';
import { LOG_LIMIT } from '#shared/http/input/query-limits.ts';
import { crossFieldCheck, strictObject } from '#shared/http/input/structures.ts';
import { notificationSchema } from '#shared/notification/responses.ts';
import { ORDER_ID } from '#shared/order/order-id.ts';

/** False for an invalid timestamp, which is a fault of its own. */
export const isReversed = ({ from, to }: { from?: string | undefined; to?: string | undefined }): boolean =>
  from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to);

const isNumber = (least: number, most: number) => (text: string) =>
  /^\d{1,4}$/.test(text) && Number(text) >= least && Number(text) <= most;

const { channel, status } = notificationSchema.entries;

/** Query of `GET /notifications`. API Gateway passes every parameter as text. */
export const logQuerySchema = v.pipe(
  strictObject({
    channel: v.optional(channel),
    status: v.optional(status),
    recipient: v.optional(textOf('recipient', (text) => v.is(emailAddress, text) || v.is(phoneNumber, text))),
    orderId: v.optional(textOf('order-id', ORDER_ID)),
    from: v.optional(timestamp),
    to: v.optional(timestamp),
    limit: v.optional(textOf('limit', isNumber(1, LOG_LIMIT.most))),
    cursor: v.optional(v.string()),
  }),
  crossFieldCheck((query) => !isReversed(query), 'RANGE_REVERSED', 'from'),
);

export type LogQuery = v.InferOutput<typeof logQuerySchema>;
