import type { AttachedFile, Rendered } from '#shared/domain/notification/content.ts';

/** What a provider made of a call, as far as we can know. */
export type ProviderAnswer =
  | { kind: 'accepted'; providerMessageId: string }
  /** It will never take this message. `reason` is a code, of `REFUSALS`: providers' sentences quote addresses. */
  | ({ kind: 'rejected' } & Refused)
  /** It certainly did not take it now, but may later: throttled, not reachable, paused, not permitted. */
  | ({ kind: 'deferred' } & Refused)
  /** Timeout, reset, 5xx: it may have taken it. */
  | { kind: 'unknown'; reason: string };

/** `providerCode`: the provider's or the network's own code, for the log. */
type Refused = { reason: string; providerCode?: string };

/** A file with its bytes, which were compared with its checksum. */
export type LoadedFile = AttachedFile & { bytes: Uint8Array };

export type OutgoingMessage = {
  tenant: string;
  notificationId: string;
  /** The claim this call belongs to; comes back in the provider's events where it can. */
  attemptNonce: string;
  recipients: readonly string[];
  rendered: Rendered;
  /** It was generated from a template of ours. A text that a caller gave may be written by a person. */
  isAutomatic?: boolean;
  attachments?: readonly LoadedFile[];
};

/**
 * How often a provider's client may try one call by itself. An SDK takes a timeout for transient and calls
 * again; what was taken the first time would then be sent twice, and nobody would know.
 */
export const PROVIDER_ATTEMPTS = 1;

/**
 * A way to reach people: one file per provider. It makes exactly one call and never repeats it on
 * its own; it never throws for what the network or the provider did.
 */
export type Provider = { send(message: OutgoingMessage): Promise<ProviderAnswer> };
