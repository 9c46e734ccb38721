import * as v from 'valibot';
import { locale, rule } from '#shared/http/input/fields.ts';
import { listOf, strictObject, wholeNumber } from '#shared/http/input/structures.ts';
import type { Channel } from '#shared/names.ts';
import { MESSAGE_EVENTS } from './events.ts';

/** Bound of the body of `PUT /settings`. */
export const SETTINGS_BODY_BYTES = 256 * 1024;

/** A week. */
const MOST_MINUTES = 7 * 24 * 60;

const after = v.optional(strictObject({ afterMinutes: v.pipe(wholeNumber, v.minValue(1), v.maxValue(MOST_MINUTES)) }));

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

/** The body of `PUT /settings`. */
export const settingsSchema = strictObject({
  events: v.optional(eventsSchema),
  defaultLocale: v.optional(locale),
  fallback: v.optional(strictObject({ email: after, sms: after })),
});

export type SettingsBody = v.InferOutput<typeof settingsSchema>;
