import { SegmentedMessage } from 'sms-segments-calculator';
import type { NotificationContent, RenderedSms } from '../content.ts';
import { countText, moneyFormat } from './figures.ts';
import { graphemesOf, singleLine } from './text.ts';

/** Most parts of one text message: 459 GSM-7 characters, or 201 UTF-16 units. */
export const MAXIMUM_SEGMENTS = 3;

/** Characters that fit into a message of one part; less into each of several. */
const SEGMENT_CHARACTERS = 160;
/** UTF-16 units that fit into a UCS-2 message of one part, and into each of several. */
const UCS2_UNITS = { alone: 70, joined: 67 } as const;

/**
 * The confirmation as a text message. What matters comes first, what a user typed comes last, so
 * that cutting costs the least.
 */
export function renderSms({ locale, data }: NotificationContent): RenderedSms {
  // The currency's code instead of its symbol: ₹ or zł alone would double the price of the message.
  const money = moneyFormat(data.currency, locale, 'code');
  const name = singleLine(data.name);
  return fitted(
    `Order ${data.orderId} is placed${itemsText(data, locale, money)}. Thank you, ${name}!`,
    MAXIMUM_SEGMENTS,
  );
}

/**
 * Text as a message of at most so many parts: in GSM-7 if replacing typographic characters gets it
 * there (’ → '), else unchanged in UCS-2; and cut between two characters as a reader sees them, with
 * an ellipsis.
 */
export function fitted(text: string, maximumSegments: number): RenderedSms {
  const composed = text.toWellFormed().normalize('NFC');
  const simplified = simplify(composed);
  const [best, ellipsis] = isGsm7(simplified) ? [simplified, '...'] : [composed, '…'];
  const whole = segmentsOf(best);
  if (whole <= maximumSegments) return { channel: 'sms', body: best, segments: whole };

  // No character takes less than a place, so nothing beyond this can fit.
  const graphemes = graphemesOf(best.slice(0, maximumSegments * SEGMENT_CHARACTERS + 1));
  const cut = (count: number): string => graphemes.slice(0, count).join('').trimEnd() + ellipsis;
  let fits = 0;
  let fails = graphemes.length;
  while (fails - fits > 1) {
    const middle = (fits + fails) >> 1;
    if (segmentsOf(cut(middle)) <= maximumSegments) fits = middle;
    else fails = middle;
  }
  const body = cut(fits);
  return { channel: 'sms', body, segments: segmentsOf(body) };
}

function itemsText(
  { itemCount, total }: NotificationContent['data'],
  locale: string,
  money: (minorUnits: bigint) => string,
): string {
  if (itemCount === 0) return ', without items so far';
  return `: ${countText(itemCount, locale)} ${itemCount === 1 ? 'item' : 'items'}, ${money(BigInt(total))} in total`;
}

/** Twilio's table of look-alikes within GSM-7. A no-break space is one space, not the two it makes. */
function simplify(text: string): string {
  return new SegmentedMessage(text.replace(/[\u00A0\u202F]/gu, ' '), 'auto', true).graphemes.join('');
}

const isGsm7 = (text: string): boolean => new SegmentedMessage(text).encodingName === 'GSM-7';

/** The library never counts a character as more than one part, however many marks are stacked on it. */
function segmentsOf(text: string): number {
  const message = new SegmentedMessage(text);
  const least =
    message.encodingName === 'UCS-2' && text.length > UCS2_UNITS.alone ? Math.ceil(text.length / UCS2_UNITS.joined) : 1;
  return Math.max(message.segmentsCount, least);
}
