import { StoreUnavailable } from '#shared/once/ports.ts';

type AwsError = Error & { code?: string; syscall?: string; $metadata?: { httpStatusCode?: number } };

const BUSY = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'Throttling',
  'TransactionConflictException',
  'TransactionInProgressException',
]);

/** The call did not complete: it timed out, was cut off, or the network is not available. */
export function isNetworkFailure(error: unknown): error is AwsError {
  if (!(error instanceof Error)) return false;
  const { name, code } = error as AwsError;
  return name === 'TimeoutError' || name === 'AbortError' || /^E[A-Z_]+$/.test(code ?? '');
}

/** No connection was established, or no credentials were available for the call. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as AwsError;
  return (
    code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || error.name === 'CredentialsProviderError'
  );
}

/** The service answered with a server error. It may have done the work nevertheless. */
const isServerFault = (error: unknown): boolean => ((error as AwsError)?.$metadata?.httpStatusCode ?? 0) >= 500;

/** Throws `StoreUnavailable` if the same call should be retried. Otherwise it throws the error unchanged. */
export function storeFailure(error: unknown): never {
  const again = isNetworkFailure(error) || isServerFault(error) || (error instanceof Error && BUSY.has(error.name));
  if (!again) throw error;
  throw new StoreUnavailable(`DynamoDB: ${(error as Error).name}`, { cause: error });
}
