import * as z from 'zod/mini';
import type { FormatFaults } from '#shared/http/faults.ts';
import { emailAddress, FIELD_FAULTS, phoneNumber } from './fields.ts';
import { ORDER_ID } from './order-id.ts';
import { notificationSchema } from './responses.ts';

/** Of a page of the message log. */
export const LOG_LIMIT = { default: 20, most: 50 } as const;

const moment = z.iso.datetime({ offset: true });

/** Also beside other faults: all are told at once. */
export const isRange = ({ value }: { value: unknown }): boolean => typeof value === 'object' && value !== null;

export const RANGE_REVERSED = {
  params: {
    code: 'RANGE_REVERSED',
    message: 'It does not lie before to, so nothing lies between them.',
    next: 'Exchange from and to, or widen the range.',
  },
  path: ['from'],
};

/** One that is no moment is a fault of its own. */
export const isReversed = (from: string | undefined, to: string | undefined): boolean =>
  from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to);

const isNumber = (least: number, most: number) => (text: string) =>
  /^\d{1,4}$/.test(text) && Number(text) >= least && Number(text) <= most;

/** Query of `GET /notifications`, as API Gateway hands it over: texts. */
export const logQuerySchema = z
  .strictObject({
    channel: z.optional(notificationSchema.shape.channel),
    status: z.optional(notificationSchema.shape.status),
    recipient: z.optional(
      z.stringFormat(
        'recipient',
        (text: string) => z.safeParse(emailAddress, text).success || z.safeParse(phoneNumber, text).success,
      ),
    ),
    orderId: z.optional(z.stringFormat('order-id', ORDER_ID)),
    from: z.optional(moment),
    to: z.optional(moment),
    limit: z.optional(z.stringFormat('limit', isNumber(1, LOG_LIMIT.most))),
    cursor: z.optional(z.string()),
  })
  .check(z.refine(({ from, to }) => !isReversed(from, to), { ...RANGE_REVERSED, when: isRange }));

export type LogQuery = z.output<typeof logQuerySchema>;

/** What to say about a parameter that is not of its format. */
export const QUERY_FAULTS: FormatFaults = {
  ...FIELD_FAULTS,
  datetime: {
    code: 'MOMENT_INVALID',
    message: 'It is no moment in ISO 8601 with its offset.',
    next: 'Give one like 2026-01-31T09:00:00Z; write a + as %2B.',
  },
  recipient: {
    code: 'RECIPIENT_INVALID',
    message: 'It is neither an e-mail address nor a phone number in E.164.',
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
};
