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

/** How a text message ends that was accepted and does not arrive, as End User Messaging tells it. */
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

/** What can become of an accepted e-mail at an address. The last two befall the message as a whole. */
const EMAIL_OUTCOMES = [
  'delivered',
  'bounced',
  'soft-bounced',
  'delayed',
  'complained',
  /** The bounce names another address: the mailbox forwards. */
  'forward-bounced',
  /** The mailbox provider corrects a report of spam. */
  'not-spam',
  /** SES accepts it and does not try, because of the account's suppression list. */
  'account-suppressed',
  'opened',
  'clicked',
  'rejected',
  'rendering-failed',
] as const;
export type EmailOutcome = (typeof EMAIL_OUTCOMES)[number];

/** How events of one type leave the sink. */
export type EventSetting = {
  /** Held back so long, beside what such an event takes anyway. */
  delayMs?: number;
  /** How often each event is published; 1 if absent. */
  copies?: number;
  /** Kept back until the setting is lifted; then they leave. */
  withhold?: boolean;
  /** Within each second, what came last leaves first. */
  reorder?: boolean;
};

/** What a test can ask of the providers. */
export type SinkSettings = {
  /** Recipients a second that SES takes; what is over it is throttled. Unlimited if absent. */
  ratePerSecond?: number;
  /** How a channel's provider refuses every message, until the setting is lifted. */
  refusing?: { email?: AccountRefusal; sms?: AccountRefusal };
  /** How addresses and numbers end that the providers refuse for good: `@refused.example`, `0000`. */
  refusedRecipients?: string[];
  /** What becomes of accepted e-mails, by how their addresses end: `{ "@full.example": "soft-bounced" }`. */
  outcomes?: Record<string, EmailOutcome>;
  /** How accepted text messages fail, by how their numbers end: `{ "0404": "TEXT_INVALID" }`. */
  failingNumbers?: Record<string, TextFailure>;
  events?: Partial<Record<EventType, EventSetting>>;
};

/** Whether the settings have a provider refuse this address or number. */
export const isRefused = (recipient: string, { refusedRecipients = [] }: SinkSettings): boolean =>
  refusedRecipients.some((ending) => recipient.endsWith(ending));

/** What the settings say of this address or number; undefined: nothing. */
export const settingFor = <Setting>(recipient: string, byEnding: Record<string, Setting> = {}): Setting | undefined =>
  Object.entries(byEnding).find(([ending]) => recipient.endsWith(ending))?.[1];

/** The sink's controls, as the control API offers them. */
export type SinkControls = {
  settings(): SinkSettings;
  /** Replaces all settings. */
  replace(settings: SinkSettings): void;
};

/**
 * Reads settings as a client sent them.
 * @returns the settings, or everything that is wrong with them, with what would be valid.
 */
export function readSinkSettings(body: unknown): { settings: SinkSettings } | { problems: string[] } {
  if (!isObject(body)) return { problems: ['the body must be an object'] };
  const problems = unknownFields('', body, FIELDS);
  const { ratePerSecond, refusedRecipients, events } = body;
  if (ratePerSecond !== undefined && !(typeof ratePerSecond === 'number' && ratePerSecond > 0)) {
    problems.push('ratePerSecond must be a number above 0');
  }
  if (refusedRecipients !== undefined && !isTexts(refusedRecipients)) {
    problems.push('refusedRecipients must be an array of texts that are not empty');
  }
  problems.push(...choiceProblems('refusing', body.refusing, ACCOUNT_REFUSALS));
  if (isObject(body.refusing)) problems.push(...unknownFields('refusing', body.refusing, ['email', 'sms']));
  problems.push(...choiceProblems('outcomes', body.outcomes, EMAIL_OUTCOMES));
  problems.push(...choiceProblems('failingNumbers', body.failingNumbers, TEXT_FAILURES));
  if (events !== undefined && !isObject(events)) problems.push('events must be an object');
  if (isObject(events)) {
    problems.push(...unknownFields('events', events, EVENT_TYPES));
    for (const [type, setting] of Object.entries(events)) problems.push(...problemsOf(`events.${type}`, setting));
  }
  return problems.length > 0 ? { problems } : { settings: body as SinkSettings };
}

const FIELDS = ['ratePerSecond', 'refusing', 'refusedRecipients', 'outcomes', 'failingNumbers', 'events'];

/** Endings, each with one of the choices. */
function choiceProblems(field: string, value: unknown, choices: readonly string[]): string[] {
  if (value === undefined) return [];
  if (!isObject(value)) return [`${field} must be an object`];
  return Object.entries(value).flatMap(([ending, choice]) => [
    ...(ending === '' ? [`${field} has an empty ending, which every recipient has`] : []),
    ...(choices.includes(choice as string) ? [] : [`${field}.${ending} must be one of ${choices.join(', ')}`]),
  ]);
}

function problemsOf(path: string, setting: unknown): string[] {
  if (!isObject(setting)) return [`${path} must be an object`];
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

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((text) => typeof text === 'string' && text !== '');

const isWhole = (value: unknown, least: number): boolean => Number.isInteger(value) && (value as number) >= least;
