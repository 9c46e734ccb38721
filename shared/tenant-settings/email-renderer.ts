import { APPROVAL_EMAILS } from '#shared/approval/email-templates.ts';
import { customisedEmail } from '#shared/notification/settings/customised-email.ts';
import { rendererOf } from '#shared/notification/template.ts';
import { ORDER_EMAILS } from '#shared/order/email-templates.ts';
import { REMINDER_EMAILS } from '#shared/reminder/email-templates.ts';

/** Renders every e-mail that is made from a template, for its sender and for previews. */
export const emailRenderer = rendererOf(customisedEmail, ORDER_EMAILS, APPROVAL_EMAILS, REMINDER_EMAILS);
