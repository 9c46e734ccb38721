import type { RenderedEmail } from '#shared/notification/content.ts';
import { type ChannelTemplate, renderedWith } from '#shared/notification/template.ts';
import { ORDER_REMINDER } from './order-reminder.ts';
import { reminderEmail } from './reminder-email.ts';

/** The templates of e-mails that remind. The sender of e-mails registers them. */
export const REMINDER_EMAILS: readonly ChannelTemplate<RenderedEmail>[] = [renderedWith(ORDER_REMINDER, reminderEmail)];
