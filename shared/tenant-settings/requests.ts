import * as v from 'valibot';
import { emailAddress, locale, plainText, rule, textOf } from '#shared/http/input/fields.ts';
import { listOf, strictObject, wholeNumberBetween } from '#shared/http/input/structures.ts';
import type { Channel } from '#shared/names.ts';
import { MESSAGE_EVENTS } from './events.ts';
import { overrideSchema } from './override-schema.ts';

/** Bound of the body of `PUT /settings`, and of a preview, which may contain settings. */
export const SETTINGS_BODY_BYTES = 256 * 1024;

/** A week. */
const MOST_MINUTES = 7 * 24 * 60;

/** Templates, channels and languages. */
const MOST_OVERRIDES = 200;

const after = v.optional(strictObject({ afterMinutes: wholeNumberBetween(1, MOST_MINUTES) }));

/** A list without repetitions of the channels that an event may use. */
const someOf = (channels: readonly Channel[]) =>
  v.pipe(
    listOf(v.picklist(channels), channels.length),
    rule('DUPLICATE_ENTRIES', (given: Channel[]) => new Set(given).size === given.length),
  );

const eventsSchema = strictObject(
  Object.fromEntries(
    Object.entries(MESSAGE_EVENTS).map(([event, { channels }]) => [event, v.optional(someOf(channels))]),
  ),
);

const color = textOf('color', /^#[0-9A-Fa-f]{6}$/);

/** Characters that end an attribute or a style are refused, and so are credentials. */
const httpsUrl = v.pipe(
  textOf('https-url', /^https:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?\/[!#$%&()*+,\-./0-9:;=?@A-Z_a-z~]*$/),
  v.maxCodePoints(2048),
);

/** The same text twice for one template, channel and locale would hide one of them. */
const isUnambiguous = (overrides: v.InferOutput<typeof overrideSchema>[]): boolean => {
  const keys = overrides.map(({ template, channel, locale: tag }) => `${template} ${channel} ${tag.toLowerCase()}`);
  return new Set(keys).size === keys.length;
};

/** The body of `PUT /settings`. */
export const settingsSchema = strictObject({
  events: v.optional(eventsSchema),
  defaultLocale: v.optional(locale),
  sender: v.optional(strictObject({ name: v.optional(plainText(64)), replyTo: v.optional(emailAddress) })),
  brand: v.optional(
    strictObject({ name: v.optional(plainText(64)), color: v.optional(color), logoUrl: v.optional(httpsUrl) }),
  ),
  templates: v.optional(v.pipe(listOf(overrideSchema, MOST_OVERRIDES), rule('DUPLICATE_ENTRIES', isUnambiguous))),
  fallback: v.optional(
    v.pipe(
      strictObject({ email: after, sms: after }),
      v.description(
        'After how many minutes a message on the other channel follows if one on this channel has not arrived.',
      ),
    ),
  ),
});

export type SettingsBody = v.InferOutput<typeof settingsSchema>;

/** The body of `POST /settings/preview`. Without `settings`, those in force are used. */
export const previewSchema = strictObject({
  event: v.picklist(Object.keys(MESSAGE_EVENTS)),
  locale: v.optional(locale),
  settings: v.optional(settingsSchema),
});

export type PreviewBody = v.InferOutput<typeof previewSchema>;
