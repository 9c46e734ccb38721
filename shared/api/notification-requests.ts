import * as z from 'zod/mini';
import { ATTACHMENT_LIMIT } from '#shared/domain/attachment/attachment.ts';
import { MESSAGE_LIMIT } from '#shared/domain/message/message.ts';
import { RESOLVE_ACTIONS } from '#shared/domain/notification/notification.ts';
import { DERIVED_ID } from './derived-id.ts';
import { emailAddress, phoneNumber, plainText, writtenText } from './fields.ts';

const attachmentId = z.stringFormat('attachment-id', DERIVED_ID);
const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `/notifications` takes this many bytes: two texts of a newsletter's length. */
export const NOTIFICATION_BODY_BYTES = 200 * 1024;

/** ISO 8601 with its offset: a moment, wherever it is read. One that has passed is now: a repetition may come late. */
const sendAt = (now: () => number) =>
  z.iso.datetime({ offset: true }).check(
    z.refine((moment) => !(Date.parse(moment) > now() + MESSAGE_LIMIT.sendAheadMs), {
      params: {
        code: 'TOO_FAR_AHEAD',
        message: 'It is more than 30 days ahead.',
        next: 'Ask for it again when it is nearer.',
      },
    }),
  );

/** What counts the parts is loaded by the first text message, as in its sender. */
const textMessage = writtenText.check(
  z.check(async ({ value, issues }) => {
    const { segmentsOf } = await import('#shared/domain/notification/rendering/sms-fitting.ts');
    const segments = segmentsOf(value);
    if (segments <= MESSAGE_LIMIT.segments) return;
    issues.push({
      code: 'custom',
      input: value,
      params: {
        code: 'TOO_MANY_SEGMENTS',
        message: `It would be sent in ${segments} parts; ${MESSAGE_LIMIT.segments} is the limit.`,
        next: 'Shorten it; characters outside GSM-7, such as emoji, make every part hold less than half.',
      },
    });
  }),
);

const DUPLICATES = {
  code: 'DUPLICATE_ENTRIES',
  message: 'It has the same entry twice.',
  next: 'Give each entry once.',
};

/** Addresses are compared as they are delivered: without regard to capitals. */
const unique = <Entry extends z.core.$ZodType<string>>(entry: Entry, most: number) =>
  z.array(entry).check(
    z.minLength(1),
    z.maxLength(most),
    z.refine((entries) => new Set(entries.map((one) => one.toLowerCase())).size === entries.length, {
      params: DUPLICATES,
    }),
  );

const PLAIN_TEXT_REQUIRED = {
  code: 'TEXT_REQUIRED',
  message: 'There is no plain text.',
  next: 'Give the message as plain text, too: not every reader shows HTML.',
};

/** Body of `POST /notifications` for an e-mail: plain text is a must, for readers that show no HTML. */
const emailSchema = (now: () => number) =>
  z
    .strictObject({
      channel: z.literal('email'),
      to: unique(emailAddress, MESSAGE_LIMIT.emailRecipients),
      subject: plainText(MESSAGE_LIMIT.subject),
      text: z.optional(writtenText),
      html: z.optional(writtenText),
      attachments: z.optional(unique(attachmentId, ATTACHMENT_LIMIT.perMessage)),
      sendAt: z.optional(sendAt(now)),
    })
    .check(
      z.refine(({ text }) => text !== undefined, {
        path: ['text'],
        params: PLAIN_TEXT_REQUIRED,
        // Also beside other faults: all are told at once.
        when: ({ value }) => isRecord(value),
      }),
    );

/** Body of `POST /notifications` for a text message, which is one to each number. */
const textSchema = (now: () => number) =>
  z.strictObject({
    channel: z.literal('sms'),
    to: unique(phoneNumber, MESSAGE_LIMIT.smsRecipients),
    text: textMessage,
    sendAt: z.optional(sendAt(now)),
  });

/** @param now epoch milliseconds: says what is too far ahead. */
export const sendNotificationSchemas = (now: () => number) => {
  const [email, sms] = [emailSchema(now), textSchema(now)];
  return { email, sms, either: z.discriminatedUnion('channel', [email, sms]) };
};

/** Body of `POST /notifications/{notificationId}/resolve`. */
export const resolveSchema = z.strictObject({
  action: z.enum(RESOLVE_ACTIONS),
  /** Shown with the notification to everybody who may see it. */
  reason: plainText(500),
});

/** One recipient: body of `POST /suppressions`, and query of what is about one. */
export const suppressSchema = z.discriminatedUnion('channel', [
  z.strictObject({ channel: z.literal('email'), address: emailAddress }),
  z.strictObject({ channel: z.literal('sms'), address: phoneNumber }),
]);

/** Query of `GET /suppressions`: somebody's, or all of them, page by page. */
export const suppressionsQuerySchema = z
  .strictObject({
    channel: z.optional(z.enum(['email', 'sms'])),
    address: z.optional(z.string().check(z.maxLength(254))),
    /** The last suppression of the page before. */
    cursor: z.optional(z.stringFormat('cursor', /^[A-Za-z0-9_-]{22}$/)),
  })
  .check(
    z.refine(({ channel, address }) => (channel === undefined) === (address === undefined), {
      path: ['address'],
      params: {
        code: 'INCOMPLETE',
        message: 'There is a channel without an address, or an address without a channel.',
        next: 'Give both to ask for somebody, or neither to list everybody.',
      },
    }),
  );

/** What a customer's id looks like, in paths as in bodies. */
export const CUSTOMER_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Query of what is about one recipient: `?channel=email&address=ada@example.com`. */
export type AddressQuery = z.output<typeof suppressSchema>;
export type SendNotificationBody = z.output<ReturnType<typeof sendNotificationSchemas>['either']>;
export type ResolveBody = z.output<typeof resolveSchema>;
export type SuppressBody = z.output<typeof suppressSchema>;
