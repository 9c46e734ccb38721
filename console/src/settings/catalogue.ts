import type { SettingsView } from '#shared/tenant-settings/responses.ts';

/** The settings without their version: what the form changes. */
export type Settings = Omit<SettingsView, 'version' | 'changedAt'>;
export type Override = NonNullable<Settings['templates']>[number];
export type OverrideChannel = Override['channel'];

/**
 * What the form offers. A stage of another release may know other events and templates: what is set for them stays as it
 * is. A test compares this table with the stage’s own one.
 */
type Offered = {
  channels: readonly OverrideChannel[];
  template: string;
  /** The placeholders of subjects and text messages, and those that only texts and HTML of e-mails may have. */
  placeholders: { subject: readonly string[]; sms: readonly string[]; email: readonly string[] };
};

const withoutTyped = (figures: readonly string[]): Offered['placeholders'] => ({
  subject: [...figures, 'brandName'],
  sms: [...figures, 'name', 'brandName'],
  email: [...figures, 'name', 'brandName'],
});

/** The events that send messages, in the order in which a person meets them. */
export const EVENTS: Readonly<Record<string, Offered>> = {
  OrderPlaced: {
    channels: ['email', 'sms'],
    template: 'order-confirmation',
    placeholders: {
      ...withoutTyped(['orderId', 'total', 'itemCount', 'placedAt']),
      email: ['orderId', 'total', 'itemCount', 'placedAt', 'name', 'lines', 'brandName'],
    },
  },
  OrderApproved: {
    channels: ['email'],
    template: 'order-approval',
    placeholders: withoutTyped(['orderId', 'total', 'itemCount', 'approvedAt']),
  },
  OrderCancelled: {
    channels: ['email'],
    template: 'order-cancellation',
    placeholders: withoutTyped(['orderId', 'total']),
  },
  CustomerReminded: {
    channels: ['email'],
    template: 'order-reminder',
    placeholders: withoutTyped(['orderId', 'total', 'placedAt']),
  },
  CustomerGreeted: { channels: ['sms'], template: 'greeting', placeholders: withoutTyped([]) },
  FallbackRequested: {
    channels: ['email', 'sms'],
    template: 'order-fallback',
    placeholders: withoutTyped(['orderId']),
  },
};

/** Channels that a fallback may follow. */
export const FALLBACK_CHANNELS = ['email', 'sms'] as const satisfies readonly OverrideChannel[];

/** The parts of a text, by channel. */
export const PARTS = {
  email: ['subject', 'text', 'html'],
  sms: ['text'],
} as const satisfies Record<OverrideChannel, readonly string[]>;
export type Part = (typeof PARTS)[OverrideChannel][number];

/** The event whose messages show a template. */
export const eventOf = (template: string): string | undefined =>
  Object.keys(EVENTS).find((event) => EVENTS[event]?.template === template);

export function placeholdersFor({ template, channel }: Override, part: Part): readonly string[] {
  const offered = EVENTS[eventOf(template) ?? '']?.placeholders;
  if (!offered) return [];
  return part === 'subject' ? offered.subject : offered[channel];
}
