import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { mailAbout, type Order, variable } from '../../order.ts';

const dynamo = new DynamoDBClient();
const ses = new SESv2Client();
const outboxTable = variable('OUTBOX_TABLE');

/** Sends each unsent record separately. A failed record is repeated alone. */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const failures = await Promise.all(Records.map(attempt));
  return { batchItemFailures: failures.filter((failure) => failure !== undefined) };
}

async function attempt(record: SQSRecord): Promise<SQSBatchItemFailure | undefined> {
  try {
    await sendOnce(JSON.parse(record.body));
    return undefined;
  } catch (error) {
    process.stderr.write(`${error}\n`);
    return { itemIdentifier: record.messageId };
  }
}

/**
 * Reads the flag, sends, and sets the flag. If it set the flag before sending, a crash in between would lose the e-mail.
 * The guidance is to mark processed messages.
 */
async function sendOnce({ eventId, order }: { eventId: string; order: Order }): Promise<void> {
  const Key = marshall({ eventId });
  const { Item } = await dynamo.send(new GetItemCommand({ TableName: outboxTable, Key, ConsistentRead: true }));
  if (Item?.sent?.BOOL !== false) return;
  await ses.send(new SendEmailCommand(mailAbout(order)));
  await markSent(Key);
}

async function markSent(Key: Record<string, AttributeValue>): Promise<void> {
  try {
    await dynamo.send(
      new UpdateItemCommand({
        TableName: outboxTable,
        Key,
        UpdateExpression: 'SET sent = :true, sentAt = :now',
        ConditionExpression: 'sent = :false',
        ExpressionAttributeValues: marshall({ ':true': true, ':false': false, ':now': new Date().toISOString() }),
      }),
    );
  } catch (error) {
    // Already marked: by another delivery of the same event, or by our own call with a lost answer.
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
