import type { RenderedSms, TemplatedContent } from '../content.ts';
import { countText, moneyFormat } from './figures.ts';
import { fitted } from './sms-fitting.ts';
import { singleLine } from './text.ts';

/** Most parts of one text message: 459 GSM-7 characters, or 201 UTF-16 units. */
export const MAXIMUM_SEGMENTS = 3;

/**
 * The confirmation as a text message. What matters comes first, what a user typed comes last, so
 * that cutting costs the least.
 */
export function renderSms({ locale, data }: TemplatedContent): RenderedSms {
  // The currency's code instead of its symbol: ₹ or zł alone would double the price of the message.
  const money = moneyFormat(data.currency, locale, 'code');
  const name = singleLine(data.name);
  const text = `Order ${data.orderId} is placed${itemsText(data, locale, money)}. Thank you, ${name}!`;
  if (isPlain(text)) return { channel: 'sms', body: text, segments: 1 };
  return fitted(text, MAXIMUM_SEGMENTS);
}

/**
 * Whether it is one part without looking at its characters one by one: a part holds 160 characters of
 * GSM-7, and these are in it, as they are.
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
