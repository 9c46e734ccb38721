import type { RenderedSms } from '#shared/notification/content.ts';
import { fitted } from './sms-fitting.ts';

/** Maximum number of parts of one text message: 459 GSM-7 characters, or 201 UTF-16 units. */
export const MAXIMUM_SEGMENTS = 3;

/** A text message of ours. A text that is too long is cut at its end. */
export function smsOf(text: string): RenderedSms {
  if (isPlain(text)) return { channel: 'sms', body: text, segments: 1 };
  return fitted(text, MAXIMUM_SEGMENTS);
}

/**
 * A fast check that text fits into one part without counting each character: a part holds 160 characters of GSM-7, and
 * all characters of this pattern are in GSM-7.
 */
export const isPlain = (text: string): boolean => /^[ -#%-?A-Za-zÄÖÜäöüß]{0,160}$/.test(text);
