import { isNamed } from './refused.ts';

/** A call of AWS: the operation, and the names in its request. */
export type CallMade = { operation: string; about: string[] };

/** The call that an error came from. The SDK's errors do not contain it. */
const callOfError = new WeakMap<object, CallMade>();

/** Inputs that identify the resource of a request. */
const NAMES = [
  'StackName',
  'ChangeSetName',
  'TableName',
  'ResourceArn',
  'FunctionName',
  'UUID',
  'Name',
  'QueueUrl',
  'TopicArn',
  'UserPoolId',
  'ClientId',
  'EmailIdentity',
  'ConfigurationSetName',
];

/** The part of the middleware stack that all SDK clients share. The type of each client names its own inputs. */
type Extensible = {
  middlewareStack: {
    add(
      middleware: (
        next: (args: { input: object }) => Promise<unknown>,
        context: { commandName?: string },
      ) => (args: { input: object }) => Promise<unknown>,
      options: { step: 'initialize'; name: string },
    ): void;
  };
};

/** Records, for each error of a client, which call it came from. `describeError` adds that call to the message. */
export function recordingCalls<Client extends { middlewareStack: object }>(client: Client): Client {
  // Each client's stack is typed by its own inputs, so no type covers the stacks of all clients.
  const { middlewareStack } = client as unknown as Extensible;
  middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        try {
          return await next(args);
        } catch (error) {
          if (error instanceof Error) callOfError.set(error, callMade(commandName, args.input));
          throw error;
        }
      },
    { step: 'initialize', name: 'rememberCalls' },
  );
  return client;
}

function callMade(commandName: string, input: object): CallMade {
  const about = Object.entries(input)
    .filter(([name, value]) => NAMES.includes(name) && typeof value === 'string')
    .map(([name, value]) => `${name} ${value}`);
  return { operation: commandName.replace(/Command$/, ''), about };
}

/** An error in one line: the message of AWS or of the network, and the call. */
export function describeError(error: unknown): string {
  const { name, message, code } = error as NodeJS.ErrnoException;
  const call = error instanceof Error ? callOfError.get(error) : undefined;
  const which = call ? ` (${[call.operation, ...call.about].join(', ')})` : '';
  return `${name}: ${message || code}${which}`;
}

/** True for an error response of AWS and for a call that never reached AWS. The SDK marks both. */
export function isFailedCall(error: unknown): error is Error {
  return (
    error instanceof Error && ('$metadata' in error || callOfError.has(error) || isNamed(error, ...NO_CREDENTIALS))
  );
}

/** The cause of a failed call, as far as it decides the next step. */
type Cause = 'no such region' | 'not reached' | 'clock' | 'not signed in' | 'not allowed' | 'not found' | 'other';

const NO_CREDENTIALS = ['CredentialsProviderError', 'TokenProviderError'];
const NOT_SIGNED_IN = [
  ...NO_CREDENTIALS,
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'InvalidAccessKeyId',
  'UnrecognizedClientException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'AuthFailure',
];
/**
 * These errors may also have to do with time: a clock that is wrong by more than minutes makes every signature wrong.
 */
const NOT_SIGNED_NOW = [
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'RequestInTheFuture',
];
const NOT_ALLOWED = [
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  'AuthorizationError',
  'AuthorizationErrorException',
];
const NOT_FOUND = [
  'ResourceNotFoundException',
  'NotFoundException',
  'NotFound',
  'TableNotFoundException',
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
];
const NETWORK_CODE =
  /^(E(AI_AGAIN|CONNREFUSED|CONNRESET|CONNABORTED|HOSTUNREACH|NETUNREACH|TIMEDOUT|PIPE|PROTO)|ERR_TLS_.*|ERR_SSL_.*|CERT_.*|UNABLE_TO_.*|SELF_SIGNED_.*|DEPTH_ZERO_.*)$/;

function causeOf(error: unknown): Cause {
  const { code = '', message = '' } = error as NodeJS.ErrnoException;
  if (code === 'ENOTFOUND' || /^Region not accepted/.test(message)) return 'no such region';
  if (NETWORK_CODE.test(code) || isNamed(error, 'TimeoutError')) return 'not reached';
  if (isNamed(error, ...NOT_SIGNED_NOW)) return 'clock';
  if (isNamed(error, ...NOT_SIGNED_IN)) return 'not signed in';
  if (isNamed(error, ...NOT_ALLOWED)) return 'not allowed';
  return isNamed(error, ...NOT_FOUND) ? 'not found' : 'other';
}

/** True for a call without an answer of an AWS service. */
export const isUnreached = (error: unknown): boolean => ['no such region', 'not reached'].includes(causeOf(error));

const NEXT: Record<Cause, string> = {
  'no such region':
    'Check the region (region in infra/stages.ts, or AWS_REGION): its address does not exist. If the region is right, check DNS, proxy and AWS_ENDPOINT_URL on this machine.',
  'not reached':
    'Check network, proxy and AWS_ENDPOINT_URL on this machine, then run it again. The credentials are not the cause: no service has read them.',
  clock: 'Check the clock of this machine and the secret key: AWS compares both with the signature of the request.',
  'not signed in':
    'Sign in (aws sso login), or name a profile (AWS_PROFILE). A region that an account has to enable first answers like this until it is enabled.',
  'not allowed': 'Allow these credentials the action that AWS names, and run this again.',
  'not found':
    'The resource was deleted outside the stack, or belongs to another account or region. Deploy the stage again, and run this again.',
  other: 'Run it again when that is fixed.',
};

/** The next step after a failed call. AWS's answer decides it, or the fact that there was none. */
export const nextAfter = (error: unknown): string => NEXT[causeOf(error)];
