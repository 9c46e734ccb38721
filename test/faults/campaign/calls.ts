import { FUNCTION } from '#shared/names.ts';

/** An operation that a function calls. */
export type FunctionCall = {
  function: string;
  service: string;
  operation: string;
  /** The call is so rare that every occurrence has to be used for a fault. */
  rare?: true;
  /** Only its queue repeats the work after a crash. So faults are few at a time, and no message meets five in a row. */
  few?: true;
  /** It succeeds once in a table's life; until then it is tried. */
  once?: true;
};

const DYNAMODB = 'dynamodb';

const callsOf = (name: string, service: string, ...operations: string[]): FunctionCall[] =>
  operations.map((operation) => ({ function: name, service, operation }));

const rare = (calls: FunctionCall[]): FunctionCall[] => calls.map((call) => ({ ...call, rare: true }));

const few = (calls: FunctionCall[]): FunctionCall[] => calls.map((call) => ({ ...call, few: true }));

const once = (calls: FunctionCall[]): FunctionCall[] => calls.map((call) => ({ ...call, once: true }));

/** Functions that return a message to their own queue while a dependency has failed. */
const SUBSCRIBERS = [
  FUNCTION.sendEmail,
  FUNCTION.sendSms,
  FUNCTION.recordEmailFeedback,
  FUNCTION.releaseAttachments,
  FUNCTION.projectStatistics,
  FUNCTION.projectOrders,
  FUNCTION.runProcess,
  FUNCTION.requestWebhooks,
  FUNCTION.postWebhook,
];

/**
 * Every call of every function. The campaign compares this list with the calls that the gateway counted, and fails on
 * a call that is missing here. So every call meets faults.
 */
export const CALLS: readonly FunctionCall[] = [
  // No campaign erases data: `test/faults/grants.test.ts` has the Query of an erasure by address.
  ...callsOf(FUNCTION.handleCommand, DYNAMODB, 'TransactWriteItems', 'BatchGetItem', 'GetItem'),
  // Requests of a busy tenant are counted.
  ...rare(callsOf(FUNCTION.handleCommand, DYNAMODB, 'UpdateItem')),
  ...rare(callsOf(FUNCTION.handleCommand, 's3', 'HeadObject')),
  ...rare(callsOf(FUNCTION.handleCommand, 'secretsmanager', 'GetSecretValue')),
  ...callsOf(FUNCTION.serveQuery, DYNAMODB, 'GetItem', 'Query'),
  ...rare(callsOf(FUNCTION.serveQuery, DYNAMODB, 'BatchGetItem')),
  ...rare(callsOf(FUNCTION.serveQuery, 'secretsmanager', 'GetSecretValue')),
  ...callsOf(FUNCTION.relayOutbox, DYNAMODB, 'UpdateItem'),
  ...callsOf(FUNCTION.relayOutbox, 'sns', 'PublishBatch'),
  ...callsOf(FUNCTION.sendEmail, DYNAMODB, 'Query', 'BatchGetItem', 'UpdateItem', 'TransactWriteItems'),
  ...callsOf(FUNCTION.sendEmail, 'sesv2', 'SendEmail'),
  ...rare(callsOf(FUNCTION.sendEmail, 's3', 'GetObject')),
  ...callsOf(FUNCTION.sendSms, DYNAMODB, 'Query', 'BatchGetItem', 'UpdateItem', 'TransactWriteItems'),
  ...callsOf(FUNCTION.sendSms, 'sns', 'Publish'),
  ...callsOf(FUNCTION.recordEmailFeedback, DYNAMODB, 'GetItem', 'UpdateItem'),
  ...rare(callsOf(FUNCTION.recordEmailFeedback, DYNAMODB, 'TransactWriteItems', 'BatchGetItem')),
  ...once(rare(callsOf(FUNCTION.recordEmailFeedback, DYNAMODB, 'PutItem'))),
  ...rare(callsOf(FUNCTION.recordEmailFeedback, 'secretsmanager', 'GetSecretValue')),
  ...few(callsOf(FUNCTION.releaseAttachments, DYNAMODB, 'GetItem', 'TransactWriteItems', 'BatchGetItem')),
  ...few(callsOf(FUNCTION.releaseAttachments, 's3', 'DeleteObject')),
  ...callsOf(FUNCTION.projectStatistics, DYNAMODB, 'GetItem', 'UpdateItem'),
  // It calls GetItem for messages of earlier releases, and every few seconds for the generations of the list.
  ...callsOf(FUNCTION.projectOrders, DYNAMODB, 'UpdateItem', 'GetItem'),
  ...callsOf(FUNCTION.watchLanes, DYNAMODB, 'GetItem', 'Query', 'UpdateItem'),
  ...once(rare(callsOf(FUNCTION.watchLanes, DYNAMODB, 'PutItem'))),
  ...callsOf(FUNCTION.watchLanes, 'lambda', 'GetEventSourceMapping'),
  ...callsOf(FUNCTION.watchLanes, 'sqs', 'GetQueueAttributes'),
  ...rare(callsOf(FUNCTION.watchLanes, 'lambda', 'UpdateEventSourceMapping')),
  ...rare(callsOf(FUNCTION.runReplay, DYNAMODB, 'Query')),
  // A replay waits half a minute for the lease of a function that died.
  ...few(callsOf(FUNCTION.runReplay, DYNAMODB, 'GetItem', 'Scan', 'UpdateItem', 'DeleteItem')),
  ...rare(callsOf(FUNCTION.runRedrive, DYNAMODB, 'Query', 'TransactWriteItems')),
  // A redrive waits ten seconds for the lease of a function that died.
  ...few(callsOf(FUNCTION.runRedrive, DYNAMODB, 'GetItem', 'BatchGetItem', 'UpdateItem')),
  ...rare(callsOf(FUNCTION.runRedrive, 'sqs', 'SendMessageBatch')),
  ...few(callsOf(FUNCTION.runProcess, DYNAMODB, 'TransactWriteItems', 'BatchGetItem', 'GetItem')),
  ...rare(callsOf(FUNCTION.planRedrive, DYNAMODB, 'Query', 'GetItem', 'BatchGetItem')),
  ...rare(callsOf(FUNCTION.planRedrive, DYNAMODB, 'BatchWriteItem', 'TransactWriteItems')),
  ...rare(callsOf(FUNCTION.planRedrive, 'secretsmanager', 'GetSecretValue')),
  ...rare(callsOf(FUNCTION.runProcess, 'secretsmanager', 'GetSecretValue')),
  // Every two seconds for a tenant's endpoints.
  ...callsOf(FUNCTION.requestWebhooks, DYNAMODB, 'GetItem'),
  ...few(callsOf(FUNCTION.requestWebhooks, DYNAMODB, 'TransactWriteItems', 'BatchGetItem')),
  ...rare(callsOf(FUNCTION.requestWebhooks, 'secretsmanager', 'GetSecretValue')),
  ...callsOf(FUNCTION.postWebhook, DYNAMODB, 'Query', 'BatchGetItem', 'GetItem', 'UpdateItem', 'TransactWriteItems'),
  ...callsOf(FUNCTION.postWebhook, 'webhook', 'POST'),
  ...rare(callsOf(FUNCTION.postWebhook, 'secretsmanager', 'GetSecretValue')),
  ...callsOf(FUNCTION.wakeDue, DYNAMODB, 'Query', 'GetItem'),
  ...rare(callsOf(FUNCTION.wakeDue, DYNAMODB, 'UpdateItem', 'TransactWriteItems', 'BatchGetItem')),
  // The review of a tenant's statistics: its row is created with the tenant's first figures.
  ...once(rare(callsOf(FUNCTION.wakeDue, DYNAMODB, 'PutItem'))),
  ...rare(callsOf(FUNCTION.wakeDue, 'sns', 'PublishBatch')),
  ...rare(callsOf(FUNCTION.wakeDue, 'secretsmanager', 'GetSecretValue')),
  ...rare(callsOf(FUNCTION.wakeDue, 'sqs', 'GetQueueAttributes')),
  ...rare(callsOf(FUNCTION.wakeDue, 'sesv2', 'SendEmail')),
  // The circuit of a channel, after its provider has refused the account.
  ...few(callsOf(FUNCTION.sendEmail, DYNAMODB, 'GetItem', 'PutItem')),
  ...few(callsOf(FUNCTION.sendSms, DYNAMODB, 'GetItem', 'PutItem')),
  ...rare(callsOf(FUNCTION.collectDeadLetters, DYNAMODB, 'UpdateItem')),
  ...rare(callsOf(FUNCTION.collectDeadLetters, 'secretsmanager', 'GetSecretValue')),
  // The latest state of the alarm. Redrives are started only while it is on.
  ...callsOf(FUNCTION.redriveOnAlarm, DYNAMODB, 'GetItem', 'Query'),
  ...rare(callsOf(FUNCTION.redriveOnAlarm, DYNAMODB, 'PutItem', 'UpdateItem', 'TransactWriteItems')),
  ...rare(callsOf(FUNCTION.redriveOnAlarm, DYNAMODB, 'BatchGetItem', 'BatchWriteItem')),
  // It publishes again for a minute, and then the hints are lost.
  ...rare(callsOf(FUNCTION.publishHints, 'appsync', 'EventPublish')),
  ...few(SUBSCRIBERS.flatMap((name) => callsOf(name, 'sqs', 'SendMessage'))),
  // What they give up, and what they handle after a redrive.
  ...few(
    [FUNCTION.releaseAttachments, FUNCTION.runProcess, FUNCTION.requestWebhooks].flatMap((name) =>
      callsOf(name, DYNAMODB, 'UpdateItem'),
    ),
  ),
];

/** Calls of event source mappings under a function's role. Faults do not hit them, because on AWS Lambda makes them. */
const POLLING = /dynamodbstreams|ReceiveMessage|DeleteMessageBatch/;

/** The calls of functions, by name, that no rule covers. */
export function forgottenCalls(called: Iterable<string>): string[] {
  const known = new Set(CALLS.map(nameOf));
  return [...called].filter((call) => !known.has(call) && !POLLING.test(call));
}

const KINDS = ['refuse', 'throttle', 'error', 'lose-response', 'delay', 'kill-before', 'kill-after'] as const;
export type FaultKind = (typeof KINDS)[number] | 'transaction-conflict';

/** The kinds of faults that can hit a call. */
export const faultsOf = ({ operation }: FunctionCall): FaultKind[] =>
  operation === 'TransactWriteItems' ? [...KINDS, 'transaction-conflict'] : [...KINDS];

export const nameOf = ({ function: name, service, operation }: FunctionCall): string =>
  `${name} ${service} ${operation}`;

/** Every fault at every call, by name. */
export const PAIRS: readonly string[] = CALLS.flatMap((call) => faultsOf(call).map((fault) => pairName(call, fault)));

export function pairName(call: FunctionCall, fault: string): string {
  return `${nameOf(call)} ${fault}`;
}
