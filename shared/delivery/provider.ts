import type { AttachedFile, Rendered } from '#shared/notification/content.ts';
import type { AnsweredStart } from '#shared/notification/notification.ts';

/** The result of a call to a provider, as far as it is known. */
export type ProviderAnswer =
  | { kind: 'accepted'; providerMessageId: string }
  /** It will never accept this message. `reason` is a code of `REFUSALS`, because providers' texts quote addresses. */
  | ({ kind: 'rejected'; answer?: AnsweredStart } & Refused)
  /** It certainly did not accept the message, but may later: throttled, not reachable, paused, not permitted. */
  | ({ kind: 'deferred' } & Refused)
  /**
   * It did not accept the message, or may have. The call is repeated later, because the receiver recognises a
   * repetition. `notBeforeMs`: the pause that it asked for.
   */
  | ({ kind: 'repeat'; outcome: 'deferred' | 'unknown'; answer?: AnsweredStart; notBeforeMs?: number } & Refused)
  /** It may have accepted the message: timeout, connection reset, 5xx. */
  | { kind: 'unknown'; reason: string };

/** `providerCode`: the provider's or the network's own code, for the log. */
type Refused = { reason: string; providerCode?: string };

/** A file with its bytes. The bytes match its checksum. */
export type LoadedFile = AttachedFile & { bytes: Uint8Array };

export type OutgoingMessage = {
  tenant: string;
  notificationId: string;
  /** The claim of this call. The provider's events contain it, if the provider supports that. */
  attemptNonce: string;
  recipients: readonly string[];
  rendered: Rendered;
  /** The message was generated from one of our templates. A caller's text may be written by a person. */
  isAutomatic?: boolean;
  attachments?: readonly LoadedFile[];
};

/**
 * How often a provider's client may try one call by itself. An SDK treats a timeout as transient and repeats the call.
 * A message that was accepted the first time would then be sent twice, without a trace.
 */
export const PROVIDER_ATTEMPTS = 1;

/**
 * A service that delivers messages; one file per provider. `send` makes exactly one call and never repeats it. It never
 * throws because of a failure of the network or the provider.
 */
export type Provider = { send(message: OutgoingMessage): Promise<ProviderAnswer> };
