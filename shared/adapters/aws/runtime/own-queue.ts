import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { isNetworkFailure, isUnreachable } from '#shared/adapters/aws/dynamodb/failures.ts';
import { Failure } from '#shared/messaging/failure.ts';
import { ENV, SUBSCRIBERS_SERVICE } from '#shared/names.ts';
import type { Counters } from '#shared/once/counters.ts';
import { REDRIVE_ATTRIBUTE } from '#shared/once/redriven-letter.ts';
import { RETURNED_ATTRIBUTE, type ReturnedMessage, type ReturnPorts } from '#shared/once/return-to-queue.ts';
import { cloudWatchCounters } from './counters.ts';
import { readEnvironment } from './environment.ts';
import { requestTimeouts } from './request-handler.ts';
import { systemClock } from './system.ts';

/** Returns messages to the queue that the function reads from. The environment names that queue. */
export function ownQueue(): ReturnPorts & { counters: Counters } {
  const { queueUrl, retentionSeconds } = readEnvironment({
    queueUrl: [ENV.ownQueue, 'text'],
    retentionSeconds: [ENV.ownQueueRetentionSeconds, 'number'],
  });
  return {
    clock: systemClock,
    sendBack: queueSender(queueUrl),
    isAway: isDependencyAway,
    longestMs: retentionSeconds * 1000,
    counters: cloudWatchCounters(SUBSCRIBERS_SERVICE),
  };
}

/** The part of an invocation's time that is reserved for returning its messages to the queue. */
const RETURNING_MS = 3000;

/** The time left for handling an invocation's messages. */
export const handlingTime =
  (context: Context): (() => number) =>
  () =>
    context.getRemainingTimeInMillis() - RETURNING_MS;

function queueSender(QueueUrl: string): ReturnPorts['sendBack'] {
  const client = new SQSClient({ maxAttempts: 2, requestHandler: requestTimeouts(1000) });
  return async (message) => {
    await client.send(new SendMessageCommand({ QueueUrl, ...inputOf(message) }));
  };
}

const inputOf = ({ body, delaySeconds, groupId, firstSentAt, returns, redrive }: ReturnedMessage) => ({
  MessageBody: body,
  DelaySeconds: delaySeconds,
  ...(groupId !== undefined && { MessageGroupId: groupId }),
  MessageAttributes: {
    [RETURNED_ATTRIBUTE.firstSentAt]: { DataType: 'Number', StringValue: String(firstSentAt) },
    [RETURNED_ATTRIBUTE.returns]: { DataType: 'Number', StringValue: String(returns) },
    ...(redrive !== undefined && { [REDRIVE_ATTRIBUTE]: { DataType: 'String', StringValue: redrive } }),
  },
});

/** Errors of AWS about the request itself: the same request would be refused again. */
const ABOUT_THE_REQUEST = new Set(['ValidationException', 'SerializationException', 'ParamValidationError']);

/** Errors of AWS services have metadata about the call. */
const isAnswerOfAws = (error: Error): boolean => '$metadata' in error;

/** See `ReturnPorts.isAway`. Refused permissions and keys count as away, because people can correct them. */
export function isDependencyAway(error: unknown): boolean {
  if (error instanceof Failure) return error.retriable;
  if (!(error instanceof Error)) return false;
  if (isNetworkFailure(error) || isUnreachable(error)) return true;
  return isAnswerOfAws(error) && !ABOUT_THE_REQUEST.has(error.name);
}
