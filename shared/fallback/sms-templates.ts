import type { RenderedSms } from '#shared/notification/content.ts';
import { type ChannelTemplate, renderedWith } from '#shared/notification/template.ts';
import { fallbackSms } from './fallback-sms.ts';
import { ORDER_FALLBACK } from './order-fallback.ts';

/** The templates of text messages that replace e-mails. The sender of text messages registers them. */
export const FALLBACK_TEXTS: readonly ChannelTemplate<RenderedSms>[] = [renderedWith(ORDER_FALLBACK, fallbackSms)];
