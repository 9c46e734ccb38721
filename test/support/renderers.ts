import type { Channel } from '#shared/names.ts';
import type { Renderer } from '#shared/notification/content.ts';
import { noTemplates } from '#shared/notification/template.ts';
import { emailRenderer } from '#shared/tenant-settings/email-renderer.ts';
import { smsRenderer } from '#shared/tenant-settings/sms-renderer.ts';

/** What the sender of each channel renders with. */
export const RENDERERS: Record<Channel, Renderer> = { email: emailRenderer, sms: smsRenderer, webhook: noTemplates };
