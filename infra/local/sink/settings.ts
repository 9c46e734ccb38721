import * as v from 'valibot';
import { anObject, fields } from '../base/input.ts';
import { isWhole } from '../base/json.ts';
import { ACCOUNT_REFUSALS } from './refusals.ts';

/** Event types of SES that the sink emits. */
const EMAIL_EVENTS = [
  'Send',
  'Delivery',
  'Bounce',
  'Complaint',
  'DeliveryDelay',
  'Reject',
  'Rendering Failure',
  'Open',
  'Click',
] as const;
export type EmailEventType = (typeof EMAIL_EVENTS)[number];

/** The final event of a text message that was accepted and not delivered, as End User Messaging reports it. */
const TEXT_FAILURES = [
  'TEXT_BLOCKED',
  'TEXT_CARRIER_BLOCKED',
  'TEXT_CARRIER_UNREACHABLE',
  'TEXT_INVALID',
  'TEXT_INVALID_MESSAGE',
  'TEXT_PROTECT_BLOCKED',
  'TEXT_SPAM',
  'TEXT_TTL_EXPIRED',
  'TEXT_UNKNOWN',
  'TEXT_UNREACHABLE',
] as const;
const TEXT_EVENTS = ['TEXT_PENDING', 'TEXT_SUCCESSFUL', 'TEXT_DELIVERED', ...TEXT_FAILURES] as const;
export type TextEventType = (typeof TEXT_EVENTS)[number];

const CHANNELS = ['email', 'sms'] as const;
const EVENT_TYPES = [...EMAIL_EVENTS, ...TEXT_EVENTS];
export type EventType = EmailEventType | TextEventType;

/** Whether a text is the name of an event type. */
export const isEventType = (text: string): text is EventType => EVENT_TYPES.some((type) => type === text);

/** The possible outcomes of an accepted e-mail at an address. The last two apply to the whole message. */
const EMAIL_OUTCOMES = [
  'delivered',
  'bounced',
  'soft-bounced',
  'delayed',
  'complained',
  /** The mailbox forwards, so the bounce names another address. */
  'forward-bounced',
  /** The mailbox provider corrects a report of spam. */
  'not-spam',
  /** SES accepts it and does not send it, because of the account's suppression list. */
  'account-suppressed',
  'opened',
  'clicked',
  'rejected',
  'rendering-failed',
] as const;
export type EmailOutcome = (typeof EMAIL_OUTCOMES)[number];

const EVENT_SETTING = fields({
  /** Additional delay, in addition to the usual delay of such an event. */
  delayMs: v.optional(
    v.custom<number>((value) => isWhole(value, 0), 'must be a whole number of milliseconds, 0 or more'),
  ),
  /** How often each event is published; 1 if absent. */
  copies: v.optional(v.custom<number>((value) => isWhole(value, 1), 'must be a whole number, 1 or more')),
  /** The events are held until this setting is removed; then they are published. */
  withhold: v.optional(v.boolean('must be true or false')),
  /** Within each second, the last event is published first. */
  reorder: v.optional(v.boolean('must be true or false')),
});
/** How the sink publishes events of one type. */
export type EventSetting = v.InferOutput<typeof EVENT_SETTING>;

const choiceOf = <const Choices extends readonly string[]>(choices: Choices) =>
  v.picklist(choices, `must be one of ${choices.join(', ')}`);

/** Maps the ends of addresses or numbers to one of the choices. */
const byEnding = <const Choices extends readonly string[]>(choices: Choices) =>
  v.pipe(
    anObject,
    v.record(v.pipe(v.string(), v.nonEmpty('has an empty ending, which every recipient has')), choiceOf(choices)),
  );

const WEBHOOK_ANSWER = fields({
  /** Which receiver: `/billing` for `POST /hooks/billing`. Absent: every one. */
  path: v.optional(v.string('must be a text')),
  status: v.custom<number>(
    (value) => isWhole(value, 200) && Number(value) <= 599,
    'must be a status of HTTP, 200 to 599',
  ),
  headers: v.optional(v.pipe(anObject, v.record(v.string(), v.string('must be a text')))),
  body: v.optional(v.string('must be a text')),
  /** How often it is given; always if absent. */
  times: v.optional(v.custom<number>((value) => isWhole(value, 1), 'must be a whole number, 1 or more')),
});
/** An answer of a receiver of webhooks. */
export type WebhookAnswer = v.InferOutput<typeof WEBHOOK_ANSWER>;

/** The settings that a client may send. */
export const SINK_SETTINGS = fields({
  /** Recipients per second that SES accepts. Further calls are throttled. Unlimited if absent. */
  ratePerSecond: v.optional(
    v.custom<number>((value) => typeof value === 'number' && value > 0, 'must be a number above 0'),
  ),
  /** How a channel's provider refuses every message, until the setting is removed. */
  refusing: v.optional(fields(v.entriesFromList(CHANNELS, v.optional(choiceOf(ACCOUNT_REFUSALS))))),
  /** The ends of addresses and numbers that the providers refuse permanently: `@refused.example`, `0000`. */
  refusedRecipients: v.optional(v.custom<string[]>(isTexts, 'must be an array of texts that are not empty')),
  /** The outcomes of accepted e-mails, by the end of the address: `{ "@full.example": "soft-bounced" }`. */
  outcomes: v.optional(byEnding(EMAIL_OUTCOMES)),
  /** The failures of accepted text messages, by the end of the number: `{ "0404": "TEXT_INVALID" }`. */
  failingNumbers: v.optional(byEnding(TEXT_FAILURES)),
  /** How the receivers of webhooks answer. The first that fits is given; without one, 202. */
  webhooks: v.optional(v.array(WEBHOOK_ANSWER, 'must be an array of answers')),
  events: v.optional(fields(v.entriesFromList(EVENT_TYPES, v.optional(EVENT_SETTING)))),
});
/** The behaviour of the providers that a test can set. */
export type SinkSettings = v.InferOutput<typeof SINK_SETTINGS>;

/** Whether a provider refuses this address or number, according to the settings. */
export const isRefused = (recipient: string, { refusedRecipients = [] }: SinkSettings): boolean =>
  refusedRecipients.some((ending) => recipient.endsWith(ending));

/** The setting for this address or number; undefined if there is none. */
export const settingFor = <Setting>(recipient: string, byEnding: Record<string, Setting> = {}): Setting | undefined =>
  Object.entries(byEnding).find(([ending]) => recipient.endsWith(ending))?.[1];

/** The sink's controls, which the control API exposes. */
export type SinkControls = {
  settings(): SinkSettings;
  /** Replaces all settings. */
  replace(settings: SinkSettings): void;
};

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === 'string' && text !== '');
}
