import { APPROVAL_EMAILS } from '#shared/approval/email-templates.ts';
import type { Channel } from '#shared/names.ts';
import type { Renderer } from '#shared/notification/content.ts';
import { rendererOf } from '#shared/notification/template.ts';
import { ORDER_EMAILS } from '#shared/order/email-templates.ts';
import { ORDER_TEXTS } from '#shared/order/sms-templates.ts';
import { REMINDER_EMAILS } from '#shared/reminder/email-templates.ts';

/** What the sender of each channel renders with. */
export const RENDERERS: Record<Channel, Renderer> = {
  email: rendererOf(ORDER_EMAILS, APPROVAL_EMAILS, REMINDER_EMAILS),
  sms: rendererOf(ORDER_TEXTS),
};
