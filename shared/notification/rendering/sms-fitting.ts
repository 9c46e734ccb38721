import { SegmentedMessage } from 'sms-segments-calculator';
import type { RenderedSms } from '#shared/notification/content.ts';

/** Characters that fit into a message of one part. Each part of a longer message holds fewer. */
const SEGMENT_CHARACTERS = 160;
/** A longer text exceeds every limit of ours. It is not counted exactly, because the time for that grows quadratically. */
const COUNTED_UNITS = 2000;
/** Simplifying may remove characters, so more of a text is looked at than fits. */
const LOOKED_AT_OF_A_SEGMENT = 4 * SEGMENT_CHARACTERS;
/** UTF-16 units that fit into a UCS-2 message of one part, and into each of several. */
const UCS2_UNITS = { alone: 70, joined: 67 } as const;

/**
 * Fits text into a message of at most `maximumSegments` parts. If replacing typographic characters (’ → ') makes it
 * GSM-7, the result is GSM-7; otherwise the text stays unchanged in UCS-2. Text that is too long is cut between
 * graphemes and ends with an ellipsis.
 */
export function fitted(text: string, maximumSegments: number): RenderedSms {
  const full = text.toWellFormed().normalize('NFC');
  const composed = full.slice(0, maximumSegments * LOOKED_AT_OF_A_SEGMENT);
  const [best, ellipsis] = asSent(composed);
  const whole = segmentsOf(best);
  if (whole <= maximumSegments && composed === full) return { channel: 'sms', body: best, segments: whole };

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

/** The number of parts of a text that is sent as a whole; at least that number, if it is far too long. */
export function segmentsAsSent(text: string): number {
  const composed = text.toWellFormed().normalize('NFC');
  return segmentsOf(composed.length > COUNTED_UNITS ? composed : asSent(composed)[0]);
}

function asSent(composed: string): [text: string, ellipsis: string] {
  const simplified = simplify(composed);
  return isGsm7(simplified) ? [simplified, '...'] : [composed, '…'];
}

/** Twilio's table of look-alikes in GSM-7. It would replace a no-break space by two spaces; we use one. */
function simplify(text: string): string {
  return new SegmentedMessage(text.replace(/[\u00A0\u202F]/gu, ' '), 'auto', true).graphemes.join('');
}

const isGsm7 = (text: string): boolean => new SegmentedMessage(text).encodingName === 'GSM-7';

/**
 * The number of parts; at least that number, if the text is far too long. The library counts a character as at most one
 * part, even with many stacked marks, so we compute a lower bound.
 */
export function segmentsOf(text: string): number {
  if (text.length > COUNTED_UNITS) return Math.ceil(text.length / SEGMENT_CHARACTERS);
  const message = new SegmentedMessage(text);
  const least =
    message.encodingName === 'UCS-2' && text.length > UCS2_UNITS.alone ? Math.ceil(text.length / UCS2_UNITS.joined) : 1;
  return Math.max(message.segmentsCount, least);
}

/** Splits text into graphemes, the characters that a reader sees, so that none is cut in half. */
function graphemesOf(text: string): string[] {
  return Array.from(new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text), ({ segment }) => segment);
}
