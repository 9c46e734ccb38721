import * as v from 'valibot';
import type { FaultTexts } from '#shared/http/faults.ts';
import { FIELD_FAULTS, momentFault } from './fault-texts.ts';
import { emailAddress, moment, phoneNumber, textOf } from './fields.ts';
import { ORDER_ID } from './order-id.ts';
import { notificationSchema } from './responses.ts';
import { alsoCheck, strictObject } from './structures.ts';

/** Of a range that is counted. */
export const MOST_STATISTICS_DAYS = 31;

/** Of a page of the message log. */
export const LOG_LIMIT = { default: 20, most: 50 } as const;

/** One that is no moment is a fault of its own. */
export const isReversed = ({ from, to }: { from?: string | undefined; to?: string | undefined }): boolean =>
  from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to);

const isNumber = (least: number, most: number) => (text: string) =>
  /^\d{1,4}$/.test(text) && Number(text) >= least && Number(text) <= most;

const { channel, status } = notificationSchema.entries;

/** Query of `GET /notifications`, as API Gateway hands it over: texts. */
export const logQuerySchema = v.pipe(
  strictObject({
    channel: v.optional(channel),
    status: v.optional(status),
    recipient: v.optional(textOf('recipient', (text) => v.is(emailAddress, text) || v.is(phoneNumber, text))),
    orderId: v.optional(textOf('order-id', ORDER_ID)),
    from: v.optional(moment),
    to: v.optional(moment),
    limit: v.optional(textOf('limit', isNumber(1, LOG_LIMIT.most))),
    cursor: v.optional(v.string()),
  }),
  alsoCheck((query) => !isReversed(query), 'RANGE_REVERSED', 'from'),
);

export type LogQuery = v.InferOutput<typeof logQuerySchema>;

const PARAMETER_FAULTS = {
  'date-time': momentFault(' Write a + as %2B.'),
  recipient: {
    code: 'RECIPIENT_INVALID',
    message: 'Neither an e-mail address nor a phone number in E.164.',
    next: 'Give one like ada@example.com or +4366012345678; write a + as %2B.',
  },
  'order-id': {
    code: 'ID_INVALID',
    message: 'It is no id of an order.',
    next: 'Give the orderId that POST /orders answered with.',
  },
  limit: {
    code: 'LIMIT_INVALID',
    message: `It is no whole number from 1 to ${LOG_LIMIT.most}.`,
    next: `Give one, or leave it out for ${LOG_LIMIT.default}.`,
  },
  RANGE_REVERSED: {
    code: 'RANGE_REVERSED',
    message: 'It does not lie before to, so nothing lies between them.',
    next: 'Exchange from and to, or widen the range.',
  },
  RANGE_TOO_LONG: {
    code: 'RANGE_TOO_LONG',
    message: `From it to to lie more than ${MOST_STATISTICS_DAYS} days.`,
    next: 'Ask for shorter ranges, one after the other.',
  },
} satisfies FaultTexts;

export type QueryFault = keyof typeof PARAMETER_FAULTS;

/** What to say about a parameter that does not pass a check. */
export const QUERY_FAULTS: FaultTexts = { ...FIELD_FAULTS, ...PARAMETER_FAULTS };
