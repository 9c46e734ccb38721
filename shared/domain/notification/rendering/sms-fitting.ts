import { SegmentedMessage } from 'sms-segments-calculator';
import type { RenderedSms } from '../content.ts';

/** Characters that fit into a message of one part; less into each of several. */
const SEGMENT_CHARACTERS = 160;
/** UTF-16 units that fit into a UCS-2 message of one part, and into each of several. */
const UCS2_UNITS = { alone: 70, joined: 67 } as const;

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

/** Twilio's table of look-alikes within GSM-7. A no-break space is one space, not the two it makes. */
function simplify(text: string): string {
  return new SegmentedMessage(text.replace(/[\u00A0\u202F]/gu, ' '), 'auto', true).graphemes.join('');
}

const isGsm7 = (text: string): boolean => new SegmentedMessage(text).encodingName === 'GSM-7';

/** The library never counts a character as more than one part, however many marks are stacked on it. */
export function segmentsOf(text: string): number {
  const message = new SegmentedMessage(text);
  const least =
    message.encodingName === 'UCS-2' && text.length > UCS2_UNITS.alone ? Math.ceil(text.length / UCS2_UNITS.joined) : 1;
  return Math.max(message.segmentsCount, least);
}

/** Splits text where a reader sees one character end, so that none is cut in half. */
function graphemesOf(text: string): string[] {
  return Array.from(new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text), ({ segment }) => segment);
}
