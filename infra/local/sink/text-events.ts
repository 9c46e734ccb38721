import { type SinkSettings, settingFor, type TextEventType } from './settings.ts';
import type { AcceptedText } from './sms-voice.ts';

/** An event of an accepted text message: its time, counted from acceptance, and its body. */
export type TextEvent = { type: TextEventType; afterMs: number; body: Record<string, unknown> };

/** Descriptions that the service adds to a status. */
const DESCRIPTIONS: Partial<Record<TextEventType, string>> = {
  TEXT_PENDING: 'Message is in the process of being delivered',
  TEXT_SUCCESSFUL: 'Message has been accepted by phone carrier',
  TEXT_DELIVERED: 'Message has been accepted by phone',
};

/**
 * The events of one text message of End User Messaging: pending, then accepted by the carrier, then delivered to the
 * phone. Or it fails as the settings define, by the end of its number.
 */
export function textEvents(text: AcceptedText, failing: SinkSettings['failingNumbers']): TextEvent[] {
  const failure = settingFor(text.entry.to, failing);
  const event = (type: TextEventType, afterMs: number, isFinal: boolean): TextEvent => ({
    type,
    afterMs,
    body: bodyOf(text, type, afterMs, isFinal),
  });
  const pending = event('TEXT_PENDING', 50, false);
  if (failure) return [pending, event(failure, 200, true)];
  return [pending, event('TEXT_SUCCESSFUL', 150, false), event('TEXT_DELIVERED', 250, true)];
}

function bodyOf(
  { entry }: AcceptedText,
  type: TextEventType,
  afterMs: number,
  isFinal: boolean,
): Record<string, unknown> {
  const status = type.replace(/^TEXT_/, '');
  return {
    eventType: type,
    eventVersion: '1.0',
    eventTimestamp: Date.parse(entry.at) + afterMs,
    isFinal,
    originationPhoneNumber: entry.from,
    destinationPhoneNumber: entry.to,
    isInternationalSend: false,
    messageId: entry.id,
    messageRequestTimestamp: Date.parse(entry.at),
    messageEncoding: 'GSM',
    messageType: 'TRANSACTIONAL',
    messageStatus: status,
    messageStatusDescription: DESCRIPTIONS[type] ?? `Message to ${entry.to} failed`,
    ...(entry.context && { context: entry.context }),
    totalMessageParts: 1,
    totalMessagePrice: 0.09582,
    totalCarrierFee: 0,
  };
}
