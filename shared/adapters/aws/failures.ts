import { StoreUnavailable } from '#shared/ports.ts';

type AwsError = Error & { code?: string; syscall?: string; $metadata?: { httpStatusCode?: number } };

const BUSY = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'Throttling',
  'TransactionConflictException',
  'TransactionInProgressException',
]);

/** The call did not reach its end: timed out, cut off, or the network is not there. */
export function isNetworkFailure(error: unknown): error is AwsError {
  if (!(error instanceof Error)) return false;
  const { name, code } = error as AwsError;
  return name === 'TimeoutError' || name === 'AbortError' || /^E[A-Z_]+$/.test(code ?? '');
}

/** No connection was made, or there were no credentials to make a call with. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as AwsError;
  return (
    code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || error.name === 'CredentialsProviderError'
  );
}

/** The service answered, but with a fault of its own: it may have done the work all the same. */
const isServerFault = (error: unknown): boolean => ((error as AwsError)?.$metadata?.httpStatusCode ?? 0) >= 500;

/** Throws on: as `StoreUnavailable` where doing the same again is right, as it is otherwise. */
export function storeFailure(error: unknown): never {
  const again = isNetworkFailure(error) || isServerFault(error) || (error instanceof Error && BUSY.has(error.name));
  if (!again) throw error;
  throw new StoreUnavailable(`DynamoDB: ${(error as Error).name}`, { cause: error });
}
