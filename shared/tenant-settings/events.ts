import { APPROVAL_MESSAGE } from '#shared/approval/messages.ts';
import { GREETING_MESSAGE } from '#shared/greeting/messages.ts';
import type { ContactChannel } from '#shared/names.ts';
import type { AnyTemplate } from '#shared/notification/template.ts';
import { CONTACT_MESSAGES } from '#shared/order/messages.ts';
import { REMINDER_MESSAGE } from '#shared/reminder/messages.ts';

/** A message of ours, as far as settings are concerned. */
export type EventMessage = { channels: readonly ContactChannel[]; template: AnyTemplate; purpose: string };

/** The events that send messages from templates: those of orders, and those of each process that sends. */
export const MESSAGE_EVENTS: Readonly<Record<string, EventMessage>> = Object.fromEntries(
  Object.entries({ ...CONTACT_MESSAGES, ...GREETING_MESSAGE, ...APPROVAL_MESSAGE, ...REMINDER_MESSAGE }).flatMap(
    ([event, message]) => (message ? [[event, message]] : []),
  ),
);

/** The templates that are sent on this channel, by name. */
export const templatesOn = (channel: ContactChannel): ReadonlyMap<string, AnyTemplate> =>
  new Map(
    Object.values(MESSAGE_EVENTS).flatMap(({ channels, template }) =>
      channels.includes(channel) ? [[template.name, template]] : [],
    ),
  );
