import type { Renderer } from '#shared/domain/notification/content.ts';
import { renderEmail } from '#shared/domain/notification/rendering/email.ts';
import { renderSms } from '#shared/domain/notification/rendering/sms.ts';
import type { Channel } from '#shared/names.ts';

/** What the sender of each channel renders with. */
export const RENDERERS: Record<Channel, Renderer> = { email: renderEmail, sms: renderSms };
