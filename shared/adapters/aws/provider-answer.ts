import type { ProviderAnswer } from '#shared/delivery/provider.ts';
import { isNetworkFailure, isServerFault, isUnreachable } from './failures.ts';

/**
 * Says what is known after a failed call to a provider. The providers have no idempotency token, so
 * everything depends on telling *certainly not sent* from *unknown*.
 * @param notNow error names that mean "certainly not sent, try later".
 */
export function answerForFailure(error: unknown, notNow: ReadonlySet<string>): ProviderAnswer {
  const reason = error instanceof Error ? reasonOf(error) : 'UNKNOWN_ERROR';
  if (isUnreachable(error)) return { kind: 'deferred', reason };
  if (error instanceof Error && notNow.has(error.name)) return { kind: 'deferred', reason };
  if (isNetworkFailure(error) || isServerFault(error)) return { kind: 'unknown', reason };
  // Neither the network nor a service answered: what was done before the error cannot be known.
  if (!hasStatus(error)) return { kind: 'unknown', reason };
  return { kind: 'rejected', reason };
}

const hasStatus = (error: unknown): boolean =>
  typeof (error as { $metadata?: { httpStatusCode?: number } })?.$metadata?.httpStatusCode === 'number';

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
