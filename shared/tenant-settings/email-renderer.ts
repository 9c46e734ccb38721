import { APPROVAL_EMAILS } from '#shared/approval/email-templates.ts';
import type { RenderedEmail } from '#shared/notification/content.ts';
import { customisedEmail } from '#shared/notification/settings/customised-email.ts';
import { type ChannelTemplate, rendererOf } from '#shared/notification/template.ts';
import { ORDER_EMAILS } from '#shared/order/email-templates.ts';
import { REMINDER_EMAILS } from '#shared/reminder/email-templates.ts';

/** Every template of e-mails. Each belongs to an event in `MESSAGE_EVENTS`. */
export const EMAIL_TEMPLATES: readonly ChannelTemplate<RenderedEmail>[] = [
  ...ORDER_EMAILS,
  ...APPROVAL_EMAILS,
  ...REMINDER_EMAILS,
];

/** Renders e-mails that are made from templates, for their sender and for previews. */
export const emailRenderer = rendererOf(customisedEmail, EMAIL_TEMPLATES);
