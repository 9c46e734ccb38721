import type { ProviderAnswer } from '#shared/delivery/provider.ts';
import { isUnreachable } from './failures.ts';

/**
 * Says what is known after a failed call to a provider. The providers have no idempotency token, so
 * everything depends on telling *certainly not sent* from *unknown*.
 * @param notNow error names that mean "certainly not sent, try later".
 */
export function answerForFailure(error: unknown, notNow: ReadonlySet<string>): ProviderAnswer {
  const reason = error instanceof Error ? reasonOf(error) : 'UNKNOWN_ERROR';
  if (isUnreachable(error)) return { kind: 'deferred', reason };
  if (error instanceof Error && notNow.has(error.name)) return { kind: 'deferred', reason };
  // Only a refusal that the service itself wrote says that nothing was done: an answer that cannot be
  // read, or one that somebody on the way gave, says nothing.
  return isRefusal(error) ? { kind: 'rejected', reason } : { kind: 'unknown', reason };
}

function isRefusal(error: unknown): boolean {
  const { $fault, $metadata, name } = error as {
    $fault?: string;
    $metadata?: { httpStatusCode?: number };
    name?: string;
  };
  const status = $metadata?.httpStatusCode ?? 0;
  return (
    $fault === 'client' && status >= 400 && status < 500 && status !== REQUEST_TIMEOUT && !name?.startsWith('Unknown')
  );
}

const REQUEST_TIMEOUT = 408;

/** A code only: the sentences of providers quote addresses and numbers. */
function reasonOf(error: Error & { code?: string }): string {
  return error.name === 'Error' && error.code ? error.code : error.name;
}

/** Missing or expired permission is mended by people; the message waits meanwhile. */
export const NOT_PERMITTED = [
  'AccessDeniedException',
  'AccessDenied',
  'AuthorizationError',
  'AuthorizationErrorException',
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'SignatureDoesNotMatch',
];
