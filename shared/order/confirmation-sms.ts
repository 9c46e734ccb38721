import type { RenderedSms } from '#shared/notification/content.ts';
import { countText, moneyFormat } from '#shared/notification/rendering/figures.ts';
import { smsOf } from '#shared/notification/rendering/sms.ts';
import { singleLine } from '#shared/notification/rendering/text.ts';
import type { Filling } from '#shared/notification/template.ts';
import type { OrderConfirmation } from './confirmation.ts';

/**
 * The confirmation as a text message. Important facts come first and user input comes last, so that cutting loses the
 * least.
 */
export function confirmationSms({ locale, data }: Filling<OrderConfirmation>): RenderedSms {
  // The currency's code instead of its symbol: a single ₹ or zł would double the price of the message.
  const money = moneyFormat(data.currency, locale, 'code');
  const name = singleLine(data.name);
  return smsOf(`Order ${data.orderId} is placed${itemsText(data, locale, money)}. Thank you, ${name}!`);
}

function itemsText(
  { itemCount, total }: OrderConfirmation,
  locale: string,
  money: (minorUnits: bigint) => string,
): string {
  if (itemCount === 0) return ', without items so far';
  return `: ${countText(itemCount, locale)} ${itemCount === 1 ? 'item' : 'items'}, ${money(BigInt(total))} in total`;
}
