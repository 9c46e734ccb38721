import type { RenderedEmail } from '#shared/notification/content.ts';
import { type ChannelTemplate, renderedWith } from '#shared/notification/template.ts';
import { fallbackEmail } from './fallback-email.ts';
import { ORDER_FALLBACK } from './order-fallback.ts';

/** The templates of e-mails that replace text messages. The sender of e-mails registers them. */
export const FALLBACK_EMAILS: readonly ChannelTemplate<RenderedEmail>[] = [renderedWith(ORDER_FALLBACK, fallbackEmail)];
