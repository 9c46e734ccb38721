import { FALLBACK_TEXTS } from '#shared/fallback/sms-templates.ts';
import { GREETING_TEXTS } from '#shared/greeting/sms-templates.ts';
import type { RenderedSms } from '#shared/notification/content.ts';
import { customisedSms } from '#shared/notification/settings/customised-sms.ts';
import { type ChannelTemplate, rendererOf } from '#shared/notification/template.ts';
import { ORDER_TEXTS } from '#shared/order/sms-templates.ts';

/** Every template of text messages. Each belongs to an event in `MESSAGE_EVENTS`. */
export const SMS_TEMPLATES: readonly ChannelTemplate<RenderedSms>[] = [
  ...ORDER_TEXTS,
  ...GREETING_TEXTS,
  ...FALLBACK_TEXTS,
];

/** Renders text messages that are made from templates, for their sender and for previews. */
export const smsRenderer = rendererOf(customisedSms, SMS_TEMPLATES);
