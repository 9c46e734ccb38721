import type { RenderedEmail } from '#shared/notification/content.ts';
import { moneyFormat } from '#shared/notification/rendering/figures.ts';
import { singleLine } from '#shared/notification/rendering/text.ts';
import type { Filling } from '#shared/notification/template.ts';
import type { OrderCancellation } from './cancellation.ts';

/** The cancellation as an e-mail in plain text. As in a confirmation, the subject contains no user input. */
export function cancellationEmail({ locale, data }: Filling<OrderCancellation>): RenderedEmail {
  const { orderId, name, currency, total } = data;
  const money = moneyFormat(currency, locale, 'symbol');
  const parts = [
    `Hello ${singleLine(name)},`,
    `your order ${orderId} is cancelled. Its total was ${money(BigInt(total))}.`,
    '-- \nYou receive this message because this address was given with the order.',
  ];
  return { channel: 'email', subject: `Order ${orderId} is cancelled`, text: `${parts.join('\n\n')}\n` };
}
