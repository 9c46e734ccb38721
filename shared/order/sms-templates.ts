import type { RenderedSms } from '#shared/notification/content.ts';
import { type ChannelTemplate, renderedWith } from '#shared/notification/template.ts';
import { ORDER_CONFIRMATION } from './confirmation.ts';
import { confirmationSms } from './confirmation-sms.ts';

/** The templates of text messages about orders. The sender of text messages registers them. */
export const ORDER_TEXTS: readonly ChannelTemplate<RenderedSms>[] = [renderedWith(ORDER_CONFIRMATION, confirmationSms)];
