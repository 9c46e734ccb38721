import type { Channel } from '#shared/names.ts';
import type { Renderer } from '#shared/notification/content.ts';
import { renderEmail } from '#shared/notification/rendering/email.ts';
import { renderSms } from '#shared/notification/rendering/sms.ts';

/** What the sender of each channel renders with. */
export const RENDERERS: Record<Channel, Renderer> = { email: renderEmail, sms: renderSms };
