import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { variable } from '../../order.ts';

const sns = new SNSClient();
const topicArn = variable('TOPIC_ARN');

/** Publishes the events of the outbox in order. The first failed event and all later ones are repeated. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  for (const record of Records) {
    try {
      await publish(record);
    } catch (error) {
      process.stderr.write(`${error}\n`);
      return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
    }
  }
  return { batchItemFailures: [] };
}

async function publish({ dynamodb }: DynamoDBRecord): Promise<void> {
  const { eventId, type, order } = unmarshall((dynamodb?.NewImage ?? {}) as Record<string, AttributeValue>);
  await sns.send(new PublishCommand({ TopicArn: topicArn, Message: JSON.stringify({ eventId, type, order }) }));
}
