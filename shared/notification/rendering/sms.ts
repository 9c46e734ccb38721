import type { RenderedSms, TemplatedContent } from '#shared/notification/content.ts';
import { countText, moneyFormat } from './figures.ts';
import { fitted } from './sms-fitting.ts';
import { singleLine } from './text.ts';

/** Maximum number of parts of one text message: 459 GSM-7 characters, or 201 UTF-16 units. */
export const MAXIMUM_SEGMENTS = 3;

/**
 * The confirmation as a text message. Important facts come first and user input comes last, so that cutting loses the
 * least.
 */
export function renderSms({ locale, data }: TemplatedContent): RenderedSms {
  // The currency's code instead of its symbol: a single ₹ or zł would double the price of the message.
  const money = moneyFormat(data.currency, locale, 'code');
  const name = singleLine(data.name);
  const text = `Order ${data.orderId} is placed${itemsText(data, locale, money)}. Thank you, ${name}!`;
  if (isPlain(text)) return { channel: 'sms', body: text, segments: 1 };
  return fitted(text, MAXIMUM_SEGMENTS);
}

/**
 * A fast check that text fits into one part without counting each character: a part holds 160 characters of GSM-7, and
 * all characters of this pattern are in GSM-7.
 */
export const isPlain = (text: string): boolean => /^[ -#%-?A-Za-z]{0,160}$/.test(text);

function itemsText(
  { itemCount, total }: TemplatedContent['data'],
  locale: string,
  money: (minorUnits: bigint) => string,
): string {
  if (itemCount === 0) return ', without items so far';
  return `: ${countText(itemCount, locale)} ${itemCount === 1 ? 'item' : 'items'}, ${money(BigInt(total))} in total`;
}
