import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Publication, Publisher, PublishFailure } from '#shared/ports.ts';
import { impatient } from './request-handler.ts';

/** What SNS says of an entry that will be refused however often it is sent. */
const PERMANENT = new Set(['InvalidParameter', 'InvalidParameterValue', 'ParameterValueInvalid', 'ValidationError']);

/**
 * Publishes to one topic. A call that fails as a whole (throttled, cut off, no permission) fails
 * each of its messages, for now: AccessDenied too is mended by people, not by losing the message.
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
const publishingClient = (): SNSClient => new SNSClient({ requestHandler: impatient(5000) });

/** Of refusals of a whole call, only this one is about the message; and only one that went alone can be blamed. */
const TOO_LONG = 'BatchRequestTooLongException';

function failureOf(key: string, error: unknown, batchSize: number): PublishFailure {
  const reason = error instanceof Error ? error.name : 'UNKNOWN';
  return { key, reason, permanent: batchSize === 1 && reason === TOO_LONG };
}

function entryOf({ key, body, attributes, groupId }: Publication) {
  return {
    Id: key,
    Message: body,
    MessageGroupId: groupId,
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
    ),
  };
}
