import type { ProviderAnswer } from '#shared/delivery/provider.ts';
import { isUnreachable } from './failures.ts';

/**
 * Says what is known after a failed call to a provider. The providers have no idempotency token, so
 * everything depends on telling *certainly not sent* from *unknown*, and what people can mend from what
 * nobody can.
 * @param notNow the provider's own error names that mean "certainly not sent, try later".
 */
export function answerForFailure(error: unknown, notNow: ReadonlySet<string>): ProviderAnswer {
  const reason = error instanceof Error ? reasonOf(error) : 'UNKNOWN_ERROR';
  if (isUnreachable(error)) return { kind: 'deferred', reason };
  // Only a refusal that the service itself wrote says that nothing was done: an answer that cannot be
  // read, or one that somebody on the way gave, says nothing.
  if (!isRefusal(error)) return { kind: 'unknown', reason };
  return isMendable(error, notNow) ? { kind: 'deferred', reason } : { kind: 'rejected', reason };
}

type ServiceError = Error & { $fault?: string; $metadata?: { httpStatusCode?: number } };

function isRefusal(error: unknown): error is ServiceError {
  const { $fault, $metadata, name } = error as Partial<ServiceError>;
  const status = $metadata?.httpStatusCode ?? 0;
  return (
    $fault === 'client' && status >= 400 && status < 500 && status !== REQUEST_TIMEOUT && !name?.startsWith('Unknown')
  );
}

const REQUEST_TIMEOUT = 408;

/** Too fast, not (yet) permitted, badly signed, clock off: the message is good, and waits until it is mended. */
function isMendable({ name, message, $metadata }: ServiceError, notNow: ReadonlySet<string>): boolean {
  return (
    notNow.has(name) ||
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
function reasonOf(error: Error & { code?: string }): string {
  return error.name === 'Error' && error.code ? error.code : error.name;
}
