import type { StatePart, Subject } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import type { Channel } from '#shared/names.ts';

/** What a tenant has set about its messages. A field that is absent has the default of the stage. */
export type TenantSettings = {
  /** The channels of an event's messages. An event that is absent uses all of its channels; `[]`: none. */
  events?: Readonly<Record<string, readonly Channel[] | undefined>>;
  /** BCP 47: the locale of a recipient without one. */
  defaultLocale?: string;
  /** Who e-mails are from. */
  sender?: EmailSender;
  /** Shown in every e-mail that is made from a template. */
  brand?: Brand;
  /** The tenant's own texts. */
  templates?: readonly TemplateOverride[];
  /** Another message on the other channel, if a message on this one has not arrived. Absent: none. */
  fallback?: Fallback;
};

export type EmailSender = {
  /** Shown before the stage's address. */
  name?: string;
  /** The address for answers. */
  replyTo?: string;
};

export type Brand = {
  name?: string;
  /** `#rrggbb` */
  color?: string;
  /** An https URL. */
  logoUrl?: string;
};

/** A text that is sent instead of ours, with placeholders (`placeholders.ts`). Parts that are absent stay ours. */
export type TemplateOverride = {
  template: string;
  channel: Channel;
  /** BCP 47. */
  locale: string;
  /** Of e-mails only. */
  subject?: string;
  text?: string;
  /** Of e-mails only: a fragment, see `html-template.ts`. */
  html?: string;
};

/** For each channel: after how many minutes without a delivery a message follows on the other channel. */
export type Fallback = { email?: { afterMinutes: number }; sms?: { afterMinutes: number } };

/**
 * The part of the settings that commands need when they are decided. It is small, because commands read it. The row's
 * version is the version of the settings.
 */
export type SettingsInForce = Pick<TenantSettings, 'events' | 'defaultLocale' | 'fallback'> & {
  /** ISO 8601. */
  changedAt: string;
};

export const SETTINGS = shapeOf<SettingsInForce>('settings');

/** All settings of one version. The row never changes, so that a message is the same however often it is rendered. */
export const SETTINGS_VERSION = shapeOf<TenantSettings>('settingsversion');

/** The key of a tenant's settings. A tenant has one row of them. */
export const settingsKey = (tenant: string): Subject => ({ tenant, type: SETTINGS.name, id: SETTINGS.name });

/** The key of one version. */
export const settingsVersionKey = (tenant: string, version: number): Subject & { part: StatePart } => ({
  ...settingsKey(tenant),
  part: { type: SETTINGS_VERSION.name, id: String(version) },
});
