import type { Feedback } from './recipient-feedback.ts';

/** An event as its provider's parser returns it. `other` and `greeting` have nothing to record. */
export type ProviderEvent =
  | { kind: 'feedback'; eventType: string; feedback: Feedback; isUndocumented?: true }
  | { kind: 'other' | 'greeting' };

/** A request with events, before anything in it is trusted. */
export type SignedRequest = {
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  /** The bytes as they arrived: the signature is about these. */
  body: Uint8Array;
};

/** What a request is worth. `reason` is a code. */
export type ReceivedEvents =
  | { kind: 'refused'; reason: 'NOT_SIGNED' | 'SIGNATURE_WRONG' | 'TOO_OLD' | 'UNREADABLE' }
  /** `foreign`: how many events are about messages that this stage did not send. */
  | { kind: 'events'; events: readonly string[]; foreign: number };

/** Verifies a request at a time in epoch milliseconds, and takes it apart. */
export type EventReceiver = (request: SignedRequest, nowMs: number) => ReceivedEvents;
