import * as v from 'valibot';
import { ATTACHMENT_LIMIT } from '#shared/domain/attachment/attachment.ts';
import { MESSAGE_LIMIT } from '#shared/domain/message/message.ts';
import { RESOLVE_ACTIONS } from '#shared/domain/notification/notification.ts';
import { segmentsOf } from '#shared/domain/notification/rendering/sms-fitting.ts';
import { DERIVED_ID } from './derived-id.ts';
import type { FaultName } from './fault-texts.ts';
import { emailAddress, phoneNumber, plainText, rule, textOf, timestamp, writtenText } from './fields.ts';
import { alsoCheck, at, listOf, objectOnly, strictObject } from './structures.ts';

const attachmentId = textOf('attachment-id', DERIVED_ID);

/** Bound of the body of `POST /notifications`: enough for two texts of the length of a newsletter. */
export const NOTIFICATION_BODY_BYTES = 200 * 1024;

/** A time in the past means now, because a retry may arrive late. */
const sendAt = (now: () => number) =>
  v.pipe(
    timestamp,
    rule('TOO_FAR_AHEAD', (text) => !(Date.parse(text) > now() + MESSAGE_LIMIT.sendAheadMs)),
  );

/** Addresses are compared without regard to case, because delivery ignores it. */
const unique = (entry: v.GenericSchema<string>, most: number) =>
  v.pipe(
    listOf(entry, most),
    v.minLength(1),
    rule('DUPLICATE_ENTRIES', (entries) => new Set(entries.map((one) => one.toLowerCase())).size === entries.length),
  );

/** Body of `POST /notifications` for an e-mail. Plain text is required, because some readers do not show HTML. */
const emailSchema = (now: () => number) =>
  v.pipe(
    strictObject({
      channel: v.literal('email'),
      to: unique(emailAddress, MESSAGE_LIMIT.emailRecipients),
      subject: plainText(MESSAGE_LIMIT.subject),
      text: v.optional(writtenText),
      html: v.optional(writtenText),
      attachments: v.optional(unique(attachmentId, ATTACHMENT_LIMIT.perMessage)),
      sendAt: v.optional(sendAt(now)),
    }),
    alsoCheck(({ text }) => text !== undefined, 'TEXT_REQUIRED', 'text'),
  );

/** Body of `POST /notifications` for text messages: one to each number. */
const textSchema = (now: () => number) =>
  strictObject({
    channel: v.literal('sms'),
    to: unique(phoneNumber, MESSAGE_LIMIT.smsRecipients),
    /** Composed, because a decomposed `é` is outside GSM-7 and takes two characters. An e-mail is not changed. */
    text: v.pipe(writtenText, v.normalize('NFC')),
    sendAt: v.optional(sendAt(now)),
  });

const fewParts = v.rawCheck<SendNotificationBody>(({ dataset, addIssue }) => {
  // Runs beside other faults, so any field may have any type. Faults of the text itself are reported by its schema.
  const given = (dataset.value ?? {}) as Record<string, unknown>;
  const { channel, text } = given;
  if (channel !== 'sms' || typeof text !== 'string') return;
  const segments = segmentsOf(text);
  if (segments <= MESSAGE_LIMIT.segments) return;
  addIssue({
    message: 'TOO_MANY_SEGMENTS' satisfies FaultName,
    received: `${segments}`,
    expected: `${MESSAGE_LIMIT.segments}`,
    path: [at('text', given)],
  });
});

/** Body of `POST /notifications`. @param now epoch milliseconds; `sendAt` is limited from then. */
export const sendNotificationSchema = (now: () => number) =>
  v.pipe(objectOnly(v.variant('channel', [emailSchema(now), textSchema(now)])), fewParts);

/** Body of `POST /notifications/{notificationId}/resolve`. */
export const resolveSchema = strictObject({
  action: v.picklist(RESOLVE_ACTIONS),
  /** Shown with the notification to every user who may read it. */
  reason: plainText(500),
});

/** One recipient: the body of `POST /suppressions`, and the query of requests about one recipient. */
export const suppressSchema = objectOnly(
  v.variant('channel', [
    strictObject({ channel: v.literal('email'), address: emailAddress }),
    strictObject({ channel: v.literal('sms'), address: phoneNumber }),
  ]),
);

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
  alsoCheck(({ channel, address }) => (channel === undefined) === (address === undefined), 'INCOMPLETE', 'address'),
  alsoCheck(({ channel, address }) => channel !== 'email' || isOptionally(emailAddress, address), 'email', 'address'),
  alsoCheck(({ channel, address }) => channel !== 'sms' || isOptionally(phoneNumber, address), 'e164', 'address'),
);

/** The format of a customer id, in paths and bodies. */
export const CUSTOMER_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Query of requests about one recipient: `?channel=email&address=ada@example.com`. */
export type AddressQuery = v.InferOutput<typeof suppressSchema>;
export type SendNotificationBody =
  | v.InferOutput<ReturnType<typeof emailSchema>>
  | v.InferOutput<ReturnType<typeof textSchema>>;
export type ResolveBody = v.InferOutput<typeof resolveSchema>;
export type SuppressBody = v.InferOutput<typeof suppressSchema>;
