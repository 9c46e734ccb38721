import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import { wholeNumber, wholeNumberBetween } from '#shared/http/input/structures.ts';
import { settingsSchema } from './requests.ts';

/** The answer to a change. */
export const settingsAnswerSchema = v.object({
  version: wholeNumberBetween(1),
  changedAt: utcTimestamp,
});

/** A message as it would be sent. */
const previewedSchema = v.object({
  channel: v.picklist(['email', 'sms']),
  template: v.string(),
  purpose: v.string(),
  /** Whether the settings leave this channel on for the event. */
  isOn: v.boolean(),
  sender: v.optional(v.object({ name: v.optional(v.string()), replyTo: v.optional(v.string()) })),
  subject: v.optional(v.string()),
  text: v.string(),
  html: v.optional(v.string()),
  /** Parts of a text message. */
  segments: v.optional(wholeNumber),
});

/** The messages of an event with sample data. */
export const previewViewSchema = v.object({
  event: v.string(),
  locale: v.string(),
  messages: v.array(previewedSchema),
});

export type PreviewView = v.InferOutput<typeof previewViewSchema>;

/** The settings as they were set. Version 0: nothing was ever set. */
export const settingsViewSchema = v.object({
  version: wholeNumber,
  changedAt: v.optional(utcTimestamp),
  ...settingsSchema.entries,
});

export type SettingsView = v.InferOutput<typeof settingsViewSchema>;
export type SettingsAnswer = v.InferOutput<typeof settingsAnswerSchema>;
