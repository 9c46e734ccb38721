import * as v from 'valibot';
import { ATTACHMENT_LIMIT } from '#shared/domain/attachment/attachment.ts';
import { MESSAGE_LIMIT } from '#shared/domain/message/message.ts';
import { RESOLVE_ACTIONS } from '#shared/domain/notification/notification.ts';
import { DERIVED_ID } from './derived-id.ts';
import type { FaultName } from './fault-texts.ts';
import { emailAddress, moment, phoneNumber, plainText, rule, textOf, writtenText } from './fields.ts';
import { alsoCheck, at, listOf, objectOnly, strictObject } from './structures.ts';

const attachmentId = textOf('attachment-id', DERIVED_ID);

/** `/notifications` takes this many bytes: two texts of a newsletter's length. */
export const NOTIFICATION_BODY_BYTES = 200 * 1024;

/** One that has passed is now: a repetition may come late. */
const sendAt = (now: () => number) =>
  v.pipe(
    moment,
    rule('TOO_FAR_AHEAD', (text) => !(Date.parse(text) > now() + MESSAGE_LIMIT.sendAheadMs)),
  );

/** Addresses are compared as they are delivered: without regard to capitals. */
const unique = (entry: v.GenericSchema<string>, most: number) =>
  v.pipe(
    listOf(entry, most),
    v.minLength(1),
    rule('DUPLICATE_ENTRIES', (entries) => new Set(entries.map((one) => one.toLowerCase())).size === entries.length),
  );

/** Body of `POST /notifications` for an e-mail: plain text is a must, for readers that show no HTML. */
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

/** Body of `POST /notifications` for a text message, which is one to each number. */
const textSchema = (now: () => number) =>
  strictObject({
    channel: v.literal('sms'),
    to: unique(phoneNumber, MESSAGE_LIMIT.smsRecipients),
    /** Composed: a decomposed `é` is outside GSM-7 and takes two places. An e-mail stays as it was written. */
    text: v.pipe(writtenText, v.normalize('NFC')),
    sendAt: v.optional(sendAt(now)),
  });

/** What counts the parts is loaded by the first text message, as in its sender. */
const fewParts = v.rawCheckAsync<SendNotificationBody>(async ({ dataset, addIssue }) => {
  // Also beside other faults, so any field may be of any type; the text's own are told already.
  const given = (dataset.value ?? {}) as Record<string, unknown>;
  const { channel, text } = given;
  if (channel !== 'sms' || typeof text !== 'string') return;
  const { segmentsOf } = await import('#shared/domain/notification/rendering/sms-fitting.ts');
  const segments = segmentsOf(text);
  if (segments <= MESSAGE_LIMIT.segments) return;
  addIssue({
    message: 'TOO_MANY_SEGMENTS' satisfies FaultName,
    received: `${segments}`,
    expected: `${MESSAGE_LIMIT.segments}`,
    path: [at('text', given)],
  });
});

/** Body of `POST /notifications`. @param now epoch milliseconds: says what is too far ahead. */
export const sendNotificationSchema = (now: () => number) =>
  v.pipeAsync(objectOnly(v.variant('channel', [emailSchema(now), textSchema(now)])), fewParts);

/** Body of `POST /notifications/{notificationId}/resolve`. */
export const resolveSchema = strictObject({
  action: v.picklist(RESOLVE_ACTIONS),
  /** Shown with the notification to everybody who may see it. */
  reason: plainText(500),
});

/** One recipient: body of `POST /suppressions`, and query of what is about one. */
export const suppressSchema = objectOnly(
  v.variant('channel', [
    strictObject({ channel: v.literal('email'), address: emailAddress }),
    strictObject({ channel: v.literal('sms'), address: phoneNumber }),
  ]),
);

const isOptionally = (schema: v.GenericSchema<string>, value: unknown): boolean =>
  value === undefined || v.is(schema, value);

/** Query of `GET /suppressions`: somebody's, or all of them, page by page. */
export const suppressionsQuerySchema = v.pipe(
  strictObject({
    channel: v.optional(v.picklist(['email', 'sms'])),
    address: v.optional(v.string()),
    /** The last suppression of the page before. */
    cursor: v.optional(textOf('cursor', /^[A-Za-z0-9_-]{22}$/)),
  }),
  alsoCheck(({ channel, address }) => (channel === undefined) === (address === undefined), 'INCOMPLETE', 'address'),
  alsoCheck(({ channel, address }) => channel !== 'email' || isOptionally(emailAddress, address), 'email', 'address'),
  alsoCheck(({ channel, address }) => channel !== 'sms' || isOptionally(phoneNumber, address), 'e164', 'address'),
);

/** What a customer's id looks like, in paths as in bodies. */
export const CUSTOMER_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Query of what is about one recipient: `?channel=email&address=ada@example.com`. */
export type AddressQuery = v.InferOutput<typeof suppressSchema>;
export type SendNotificationBody =
  | v.InferOutput<ReturnType<typeof emailSchema>>
  | v.InferOutput<ReturnType<typeof textSchema>>;
export type ResolveBody = v.InferOutput<typeof resolveSchema>;
export type SuppressBody = v.InferOutput<typeof suppressSchema>;
