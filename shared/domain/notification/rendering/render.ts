import type { Channel } from '#shared/names.ts';
import type { NotificationContent, Rendered } from '../content.ts';
import { renderEmail } from './email.ts';
import { renderSms } from './sms.ts';

/**
 * Turns content into what a provider is given. Pure: the same content gives the same bytes, on any
 * machine and in any time zone.
 */
export function render(channel: Channel, content: NotificationContent): Rendered {
  switch (channel) {
    case 'email':
      return renderEmail(content);
    case 'sms':
      return renderSms(content);
    default:
      return channel satisfies never;
  }
}
