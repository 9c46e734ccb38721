import type { ProviderAnswer } from '#shared/delivery/provider.ts';
import { isUnreachable } from './failures.ts';

/** A refusal that the service itself wrote, as the SDK hands it over. */
export type Refusal = Error & {
  /** Why, as a code; End User Messaging says it. */
  Reason?: string;
  $fault?: string;
  $metadata?: { httpStatusCode?: number };
};

/**
 * Makes the one call to a provider and says what is known after it. The providers have no idempotency token,
 * so everything depends on telling *certainly not sent* from *unknown*, and what people can mend from what
 * nobody can.
 * @param isNotNow whether a refusal, in the provider's own words, means "certainly not sent, try later"; what
 *   every service of AWS says when it cannot be asked needs no mention.
 */
export async function answerTo(
  call: () => Promise<{ MessageId?: string | undefined }>,
  isNotNow: (refusal: Refusal) => boolean,
): Promise<ProviderAnswer> {
  try {
    const { MessageId } = await call();
    return MessageId
      ? { kind: 'accepted', providerMessageId: MessageId }
      : { kind: 'unknown', reason: 'NO_MESSAGE_ID' };
  } catch (error) {
    return answerForFailure(error, isNotNow);
  }
}

function answerForFailure(error: unknown, isNotNow: (refusal: Refusal) => boolean): ProviderAnswer {
  const reason = error instanceof Error ? reasonOf(error) : 'UNKNOWN_ERROR';
  if (isUnreachable(error)) return { kind: 'deferred', reason };
  // Only a refusal that the service itself wrote says that nothing was done: an answer that cannot be
  // read, or one that somebody on the way gave, says nothing.
  if (!isRefusal(error)) return { kind: 'unknown', reason };
  return isMendable(error) || isNotNow(error) ? { kind: 'deferred', reason } : { kind: 'rejected', reason };
}

function isRefusal(error: unknown): error is Refusal {
  const { $fault, $metadata, name } = error as Partial<Refusal>;
  const status = $metadata?.httpStatusCode ?? 0;
  return (
    $fault === 'client' && status >= 400 && status < 500 && status !== REQUEST_TIMEOUT && !name?.startsWith('Unknown')
  );
}

const REQUEST_TIMEOUT = 408;

/** Too fast, not (yet) permitted, badly signed, clock off: the message is good, and waits until it is mended. */
function isMendable({ name, message, $metadata }: Refusal): boolean {
  return (
    MENDABLE_STATUS.has($metadata?.httpStatusCode ?? 0) ||
    MENDABLE_NAME.test(name) ||
    // SES refuses the message itself while an identity is not verified, as in its sandbox.
    /not verified/i.test(message)
  );
}

const MENDABLE_STATUS = new Set([401, 403, 429]);
const MENDABLE_NAME =
  /Throttl|TooManyRequests|AccessDenied|Authorization|NotAuthorized|Expired|Signature|Skewed|AuthenticationToken|ClientTokenId|UnrecognizedClient|OptInRequired/;

/** A code only: the sentences of providers quote addresses and numbers. */
function reasonOf(error: Error & { code?: string; Reason?: string }): string {
  if (CODE.test(error.Reason ?? '')) return error.Reason as string;
  return error.name === 'Error' && error.code ? error.code : error.name;
}

const CODE = /^[A-Z][A-Z_]{2,99}$/;
