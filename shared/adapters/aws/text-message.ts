import type { OutgoingMessage } from '#shared/delivery/provider.ts';

/**
 * The number and the words of a text message: each call of its providers takes one number.
 * @throws TypeError for anything else; whoever asked for it is wrong, not the recipient.
 */
export function textMessage({ recipients, rendered }: OutgoingMessage): { number: string; body: string } {
  const [number, ...others] = recipients;
  if (rendered.channel !== 'sms' || number === undefined || others.length > 0)
    throw new TypeError('This provider sends one text message to one number.');
  return { number, body: rendered.body };
}
