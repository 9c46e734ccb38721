import type { RenderedSms } from '#shared/notification/content.ts';
import { type ChannelTemplate, renderedWith } from '#shared/notification/template.ts';
import { WELCOME } from './welcome.ts';
import { welcomeSms } from './welcome-sms.ts';

/** The templates of text messages that greet. The sender of text messages registers them. */
export const GREETING_TEXTS: readonly ChannelTemplate<RenderedSms>[] = [renderedWith(WELCOME, welcomeSms)];
