import { FUNCTION } from '#shared/names.ts';
import type { CallCount, InvocationCount } from '#test/support/control.ts';
import { eventBytes, type Logged, logBytesOf } from './log-bytes.ts';
import type { FunctionSize } from './template-usage.ts';
import { billedRequests, GB_BYTES, gbSeconds, Unpriced, type Usage } from './usage.ts';

/** The counts from some requests until everything that follows is done. */
export type CountedWork = {
  /** To the API. */
  requests: number;
  calls: CallCount[];
  invocations: InvocationCount[];
  /** The log lines of each function. */
  logged: Record<string, Logged>;
  /** Bodies of the API's answers. */
  responseBytes: number;
  /** Parts of all text messages, as carriers count them. */
  smsParts: number;
};

/** The counts of requests that place orders. */
export type CountedOrders = CountedWork & { orders: number };

/** Properties of the deployed stage that affect the bill. */
export type Deployed = {
  functions: Record<string, FunctionSize>;
  /** Bytes of a line of the API's access log. */
  accessLogLineBytes: number;
};

type Billed = (call: CallCount, invocationsOf: (name: string) => InvocationCount | undefined) => Usage[];

/**
 * How calls of each service are billed. A service that is not listed has no known price: find it out and add it.
 */
const BILLED: Record<string, Billed> = {
  dynamodb: ({ readUnits, writeUnits }) => [
    { price: 'dynamodb.write-units', quantity: writeUnits },
    { price: 'dynamodb.read-units', quantity: readUnits },
  ],
  // Reads of a stream by Lambda's triggers are free ("Evaluate your DynamoDB streams usage").
  dynamodbstreams: () => [],
  s3: ({ operation, count }) => objectRequests(operation, count),
  sns: ({ operation, count, requestBytes }) =>
    // Only text messages are published alone, and they are billed by parts.
    operation === 'Publish' ? [] : [{ price: 'sns.publishes', quantity: billedRequests(count, requestBytes) }],
  sqs: (call, invocationsOf) => queueRequests(call, invocationsOf(call.function)?.count ?? 0),
  // Changes of event source mappings. Lambda bills invocations and their time, and not requests that manage it.
  lambda: () => [],
  sesv2: ({ count }) => [{ price: 'ses.messages', quantity: count }],
  'pinpoint-sms-voice-v2': () => [],
  // One event for each call, of less than 5 KB.
  appsync: ({ count }) => [{ price: 'appsync.events', quantity: count }],
  secretsmanager: ({ count }) => [{ price: 'secrets-manager.calls', quantity: count }],
};

/** Deletions are free ("Amazon S3 pricing"). Requests that are neither reads nor deletions have the higher price. */
function objectRequests(operation: string, quantity: number): Usage[] {
  if (operation === 'DeleteObject') return [];
  return [{ price: operation === 'GetObject' || operation === 'HeadObject' ? 's3.reads' : 's3.writes', quantity }];
}

/** Functions that receive providers’ events, one at a time and at our expense. */
const FEEDBACK: readonly string[] = [FUNCTION.recordEmailFeedback, FUNCTION.recordSmsFeedback];

/** Every invocation had one receive with messages. Empty receives also happen in idle time. */
function queueRequests({ function: name, operation, count, requestBytes }: CallCount, batches: number): Usage[] {
  const quantity = operation === 'ReceiveMessage' ? batches : billedRequests(count, requestBytes);
  const requests = { price: 'sqs.requests', quantity };
  // Our messages have the tenant as their group. The provider’s messages have no group.
  return FEEDBACK.includes(name) ? [requests] : [requests, { price: 'sqs.fair-queue-requests', quantity }];
}

/**
 * The usage of all this work.
 * @throws Unpriced with every service and function that has no rule here.
 */
export function usageOfWork(counted: CountedWork, deployed: Deployed): Usage[] {
  const { requests, calls, invocations, responseBytes, smsParts } = counted;
  const unknown = [
    ...calls
      .filter(({ service }) => !Object.hasOwn(BILLED, service))
      .map((call) => `${call.service} ${call.operation}`),
    ...invocations.map((one) => one.function).filter((name) => !Object.hasOwn(deployed.functions, name)),
  ];
  if (unknown.length > 0) throw new Unpriced([...new Set(unknown)]);
  const invocationsOf = (name: string) => invocations.find((one) => one.function === name);
  return [
    { price: 'http-api.requests', quantity: requests },
    { price: 'transfer.out-gb', quantity: responseBytes / GB_BYTES },
    ...lambdaUsage(invocations, deployed),
    ...calls.flatMap((call) => BILLED[call.service]?.(call, invocationsOf) ?? []),
    ...deliveries(calls, invocations),
    { price: 'cloudwatch.logs-gb', quantity: logBytes(counted, deployed) / GB_BYTES },
    { price: 'sms.parts', quantity: smsParts },
  ];
}

function lambdaUsage(invocations: InvocationCount[], { functions }: Deployed): Usage[] {
  return invocations.flatMap(({ function: name, count, durationMs }) => [
    { price: 'lambda.requests', quantity: count },
    { price: 'lambda.gb-seconds-arm64', quantity: gbSeconds(durationMs, functions[name]?.memoryMb ?? 0) },
  ]);
}

/** Deliveries of SNS to queues, and events of providers. */
function deliveries(calls: CallCount[], invocations: InvocationCount[]): Usage[] {
  const queueReaders = new Set(calls.filter(({ service }) => service === 'sqs').map((call) => call.function));
  const received = invocations.filter((one) => queueReaders.has(one.function));
  const recordsOf = (of: InvocationCount[]): number => of.reduce((sum, { records }) => sum + records, 0);
  return [
    { price: 'sns.publishes', quantity: recordsOf(received.filter((one) => FEEDBACK.includes(one.function))) },
    { price: 'sns.deliveries-to-queues', quantity: recordsOf(received) },
  ];
}

function logBytes({ requests, invocations, logged }: CountedWork, { accessLogLineBytes }: Deployed): number {
  const functions = invocations.reduce(
    (sum, { function: name, count }) => sum + logBytesOf(logged[name] ?? { lines: 0, bytes: 0 }, count),
    0,
  );
  return functions + eventBytes({ lines: requests, bytes: requests * accessLogLineBytes });
}
