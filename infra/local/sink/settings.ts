import * as v from 'valibot';
import { isRecord } from '../base/json.ts';
import { ACCOUNT_REFUSALS, type AccountRefusal } from './refusals.ts';

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
export type TextFailure = (typeof TEXT_FAILURES)[number];
const TEXT_EVENTS = ['TEXT_PENDING', 'TEXT_SUCCESSFUL', 'TEXT_DELIVERED', ...TEXT_FAILURES] as const;
export type TextEventType = (typeof TEXT_EVENTS)[number];

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

/** How the sink publishes events of one type. */
export type EventSetting = {
  /** Additional delay, in addition to the usual delay of such an event. */
  delayMs?: number;
  /** How often each event is published; 1 if absent. */
  copies?: number;
  /** The events are held until this setting is removed; then they are published. */
  withhold?: boolean;
  /** Within each second, the last event is published first. */
  reorder?: boolean;
};

/** The behaviour of the providers that a test can set. */
export type SinkSettings = {
  /** Recipients per second that SES accepts. Further calls are throttled. Unlimited if absent. */
  ratePerSecond?: number;
  /** How a channel's provider refuses every message, until the setting is removed. */
  refusing?: { email?: AccountRefusal; sms?: AccountRefusal };
  /** The ends of addresses and numbers that the providers refuse permanently: `@refused.example`, `0000`. */
  refusedRecipients?: string[];
  /** The outcomes of accepted e-mails, by the end of the address: `{ "@full.example": "soft-bounced" }`. */
  outcomes?: Record<string, EmailOutcome>;
  /** The failures of accepted text messages, by the end of the number: `{ "0404": "TEXT_INVALID" }`. */
  failingNumbers?: Record<string, TextFailure>;
  events?: Partial<Record<EventType, EventSetting>>;
};

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

/**
 * Reads the settings that a client sent.
 * @returns the settings, or every problem in them with the valid values.
 */
export function readSinkSettings(body: unknown): { settings: SinkSettings } | { problems: string[] } {
  if (!isRecord(body)) return { problems: ['the body must be an object'] };
  const problems = unknownFields('', body, FIELDS);
  const { ratePerSecond, refusedRecipients, events } = body;
  if (ratePerSecond !== undefined && !(typeof ratePerSecond === 'number' && ratePerSecond > 0)) {
    problems.push('ratePerSecond must be a number above 0');
  }
  if (refusedRecipients !== undefined && !isTexts(refusedRecipients)) {
    problems.push('refusedRecipients must be an array of texts that are not empty');
  }
  problems.push(...choiceProblems('refusing', body.refusing, ACCOUNT_REFUSALS));
  if (isRecord(body.refusing)) problems.push(...unknownFields('refusing', body.refusing, ['email', 'sms']));
  problems.push(...choiceProblems('outcomes', body.outcomes, EMAIL_OUTCOMES));
  problems.push(...choiceProblems('failingNumbers', body.failingNumbers, TEXT_FAILURES));
  if (events !== undefined && !isRecord(events)) problems.push('events must be an object');
  if (isRecord(events)) {
    problems.push(...unknownFields('events', events, EVENT_TYPES));
    for (const [type, setting] of Object.entries(events)) problems.push(...problemsOf(`events.${type}`, setting));
  }
  if (problems.length > 0) return { problems };
  v.assert(SETTINGS, body);
  return { settings: body };
}

const EVENT_SETTING = v.object({
  delayMs: v.optional(v.number()),
  copies: v.optional(v.number()),
  withhold: v.optional(v.boolean()),
  reorder: v.optional(v.boolean()),
});

/** The types of the fields, which hold once the settings have no problems. */
const SETTINGS = v.object({
  ratePerSecond: v.optional(v.number()),
  refusing: v.optional(
    v.object({ email: v.optional(v.picklist(ACCOUNT_REFUSALS)), sms: v.optional(v.picklist(ACCOUNT_REFUSALS)) }),
  ),
  refusedRecipients: v.optional(v.array(v.string())),
  outcomes: v.optional(v.record(v.string(), v.picklist(EMAIL_OUTCOMES))),
  failingNumbers: v.optional(v.record(v.string(), v.picklist(TEXT_FAILURES))),
  events: v.optional(v.partial(v.object(v.entriesFromList(EVENT_TYPES, EVENT_SETTING)))),
});

const FIELDS = ['ratePerSecond', 'refusing', 'refusedRecipients', 'outcomes', 'failingNumbers', 'events'];

/** The problems of an object that maps the ends of addresses or numbers to one of the choices. */
function choiceProblems(field: string, value: unknown, choices: readonly string[]): string[] {
  if (value === undefined) return [];
  if (!isRecord(value)) return [`${field} must be an object`];
  return Object.entries(value).flatMap(([ending, choice]) => [
    ...(ending === '' ? [`${field} has an empty ending, which every recipient has`] : []),
    ...(choices.some((one) => one === choice) ? [] : [`${field}.${ending} must be one of ${choices.join(', ')}`]),
  ]);
}

function problemsOf(path: string, setting: unknown): string[] {
  if (!isRecord(setting)) return [`${path} must be an object`];
  const problems = unknownFields(path, setting, ['delayMs', 'copies', 'withhold', 'reorder']);
  const check = (valid: boolean, problem: string) => valid || problems.push(`${path}.${problem}`);
  const { delayMs, copies, withhold, reorder } = setting;
  check(delayMs === undefined || isWhole(delayMs, 0), 'delayMs must be a whole number of milliseconds, 0 or more');
  check(copies === undefined || isWhole(copies, 1), 'copies must be a whole number, 1 or more');
  check(withhold === undefined || typeof withhold === 'boolean', 'withhold must be true or false');
  check(reorder === undefined || typeof reorder === 'boolean', 'reorder must be true or false');
  return problems;
}

function unknownFields(path: string, value: Record<string, unknown>, valid: readonly string[]): string[] {
  const where = path ? `${path}.` : '';
  return Object.keys(value)
    .filter((field) => !valid.includes(field))
    .map((field) => `unknown field ${where}${field}; valid: ${valid.join(', ')}`);
}

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((text) => typeof text === 'string' && text !== '');

const isWhole = (value: unknown, least: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= least;
