import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { SignedRequest } from '#shared/feedback/provider-event.ts';

const SIGNATURE = 'x-twilio-email-event-webhook-signature';
const TIMESTAMP = 'x-twilio-email-event-webhook-timestamp';

/**
 * How old a signed request may be. SendGrid repeats a failed post "for up to 24 hours", and does not document that a
 * repetition has a new timestamp. A shorter limit could lose events for good. An older request cannot be one of
 * SendGrid's. A repetition within the limit is harmless, because every event is recorded once.
 */
export const OLDEST_SECONDS = 25 * 3600;
/** How far SendGrid's clock may be ahead of ours. */
const AHEAD_SECONDS = 300;

/** The keys of the signed Event Webhook. @param keys base64 of their DER form, separated by spaces. */
export const verificationKeys = (keys: string): KeyObject[] =>
  keys
    .split(' ')
    .filter((key) => key !== '')
    .map((key) => createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' }));

/** Why a request is not one of SendGrid's; undefined if it is. Nothing in the body is parsed. */
export function signatureFault(
  { headers, body }: SignedRequest,
  keys: readonly KeyObject[],
  nowMs: number,
): 'NOT_SIGNED' | 'SIGNATURE_WRONG' | 'TOO_OLD' | undefined {
  const [signature, timestamp] = [headers[SIGNATURE], headers[TIMESTAMP]];
  if (!signature || !timestamp || !/^\d{1,12}$/.test(timestamp)) return 'NOT_SIGNED';
  const signed = Buffer.concat([Buffer.from(timestamp), body]);
  const signatureBytes = Buffer.from(signature, 'base64');
  if (!keys.some((key) => verify('sha256', signed, key, signatureBytes))) return 'SIGNATURE_WRONG';
  const ageSeconds = nowMs / 1000 - Number(timestamp);
  return ageSeconds > OLDEST_SECONDS || ageSeconds < -AHEAD_SECONDS ? 'TOO_OLD' : undefined;
}
