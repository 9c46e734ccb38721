import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Publication, Publisher, PublishFailure } from '#shared/once/ports.ts';
import { tracedMessage } from '#shared/once/trace.ts';
import { requestTimeouts } from './request-handler.ts';

/** Error codes of SNS for an entry that will be refused every time it is sent. */
const PERMANENT = new Set(['InvalidParameter', 'InvalidParameterValue', 'ParameterValueInvalid', 'ValidationError']);

/**
 * Publishes to one topic. If a call fails as a whole (throttled, cut off, no permission), each of its messages
 * fails temporarily. This includes AccessDenied, because people can fix a permission and the message must not be lost.
 * A message is published as it was committed, with the `traceparent` that follows from it.
 */
export function snsPublisher({
  topicArn,
  client = publishingClient(),
}: {
  topicArn: string;
  client?: SNSClient;
}): Publisher {
  return {
    async publishBatch(publications) {
      try {
        const entries = publications.map(entryOf);
        const { Failed = [] } = await client.send(
          new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: entries }),
        );
        return Failed.map(({ Id = '', Code = 'UNKNOWN', SenderFault = false }) => ({
          key: Id,
          reason: Code,
          permanent: SenderFault && PERMANENT.has(Code),
        }));
      } catch (error) {
        return publications.map(({ key }) => failureOf(key, error, publications.length));
      }
    },
  };
}

/** Publishing again is harmless, so the SDK may retry. */
const publishingClient = (): SNSClient => new SNSClient({ requestHandler: requestTimeouts(5000) });

/**
 * The only refusal of a whole call that is about a message. It is permanent only in a batch of one message, because a
 * larger batch does not show which message is too long.
 */
const TOO_LONG = 'BatchRequestTooLongException';

function failureOf(key: string, error: unknown, batchSize: number): PublishFailure {
  const reason = error instanceof Error ? error.name : 'UNKNOWN';
  return { key, reason, permanent: batchSize === 1 && reason === TOO_LONG };
}

function entryOf({ key, body, attributes, groupId }: Publication) {
  return {
    Id: key,
    Message: tracedMessage(body).body,
    MessageGroupId: groupId,
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
    ),
  };
}
