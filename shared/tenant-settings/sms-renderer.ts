import { GREETING_TEXTS } from '#shared/greeting/sms-templates.ts';
import { customisedSms } from '#shared/notification/settings/customised-sms.ts';
import { rendererOf } from '#shared/notification/template.ts';
import { ORDER_TEXTS } from '#shared/order/sms-templates.ts';

/** Renders every text message that is made from a template, for its sender and for previews. */
export const smsRenderer = rendererOf(customisedSms, ORDER_TEXTS, GREETING_TEXTS);
