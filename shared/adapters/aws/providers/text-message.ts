import type { OutgoingMessage } from '#shared/delivery/provider.ts';

/**
 * The number and the body of a text message. Each call to a provider of text messages takes one number.
 * @throws TypeError for any other message, because the caller is wrong, not the recipient.
 */
export function textMessage({ recipients, rendered }: OutgoingMessage): { number: string; body: string } {
  const [number, ...others] = recipients;
  if (rendered.channel !== 'sms' || number === undefined || others.length > 0)
    throw new TypeError('This provider sends one text message to one number.');
  return { number, body: rendered.body };
}
