import { SegmentedMessage } from 'sms-segments-calculator';
import type { RenderedSms } from '#shared/notification/content.ts';

/** Characters that fit into a message of one part. Each part of a longer message holds fewer. */
const SEGMENT_CHARACTERS = 160;
/** UTF-16 units that fit into a UCS-2 message of one part, and into each of several. */
const UCS2_UNITS = { alone: 70, joined: 67 } as const;

/**
 * Fits text into a message of at most `maximumSegments` parts. If replacing typographic characters (’ → ') makes it
 * GSM-7, the result is GSM-7; otherwise the text stays unchanged in UCS-2. Text that is too long is cut between
 * graphemes and ends with an ellipsis.
 */
export function fitted(text: string, maximumSegments: number): RenderedSms {
  const composed = text.toWellFormed().normalize('NFC');
  const simplified = simplify(composed);
  const [best, ellipsis] = isGsm7(simplified) ? [simplified, '...'] : [composed, '…'];
  const whole = segmentsOf(best);
  if (whole <= maximumSegments) return { channel: 'sms', body: best, segments: whole };

  // Every character takes at least one place, so nothing beyond this length can fit.
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

/** Twilio's table of look-alikes in GSM-7. It would replace a no-break space by two spaces; we use one. */
function simplify(text: string): string {
  return new SegmentedMessage(text.replace(/[\u00A0\u202F]/gu, ' '), 'auto', true).graphemes.join('');
}

const isGsm7 = (text: string): boolean => new SegmentedMessage(text).encodingName === 'GSM-7';

/** The library counts a character as at most one part, even with many stacked marks. So we compute a lower bound. */
export function segmentsOf(text: string): number {
  const message = new SegmentedMessage(text);
  const least =
    message.encodingName === 'UCS-2' && text.length > UCS2_UNITS.alone ? Math.ceil(text.length / UCS2_UNITS.joined) : 1;
  return Math.max(message.segmentsCount, least);
}

/** Splits text into graphemes, the characters that a reader sees, so that none is cut in half. */
function graphemesOf(text: string): string[] {
  return Array.from(new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text), ({ segment }) => segment);
}
