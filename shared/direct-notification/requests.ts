import * as v from 'valibot';
import { ATTACHMENT_LIMIT } from '#shared/attachment/attachment.ts';
import { DERIVED_ID } from '#shared/http/derived-id.ts';
import type { FaultName } from '#shared/http/input/fault-texts.ts';
import {
  emailAddress,
  phoneNumber,
  plainText,
  rule,
  textOf,
  timestamp,
  writtenText,
} from '#shared/http/input/fields.ts';
import { at, crossFieldCheck, isRecord, listOf, objectOnly, strictObject } from '#shared/http/input/structures.ts';
import { segmentsOf } from '#shared/notification/rendering/sms-fitting.ts';
import { MESSAGE_LIMIT } from './direct-notification.ts';

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
    crossFieldCheck(({ text }) => text !== undefined, 'TEXT_REQUIRED', 'text'),
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

const withinSegmentLimit = v.rawCheck<SendNotificationBody>(({ dataset, addIssue }) => {
  // Runs beside other faults, so any field may have any type. Faults of the text itself are reported by its schema.
  const given: unknown = dataset.value;
  if (!isRecord(given)) return;
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
  v.pipe(objectOnly(v.variant('channel', [emailSchema(now), textSchema(now)])), withinSegmentLimit);

export type SendNotificationBody =
  | v.InferOutput<ReturnType<typeof emailSchema>>
  | v.InferOutput<ReturnType<typeof textSchema>>;
