import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { mailAbout, type Order, variable } from '../../order.ts';

const ses = new SESv2Client();
const processor = new BatchProcessor(EventType.SQS);

/**
 * The documentation's example uses the message's id, and mentions that a field of the producer may be more accurate. It
 * is: an event that was published twice has two message ids and one order id.
 */
const config = new IdempotencyConfig({
  eventKeyJmesPath: 'powertools_json(body).order.orderId',
  throwOnNoIdempotencyKey: true,
});

const sendOnce = makeIdempotent(
  async (record: SQSRecord): Promise<{ messageId: string | undefined }> => {
    const { order } = JSON.parse(record.body) as { order: Order };
    const { MessageId } = await ses.send(new SendEmailCommand(mailAbout(order)));
    return { messageId: MessageId };
  },
  { persistenceStore: new DynamoDBPersistenceLayer({ tableName: variable('IDEMPOTENCY_TABLE') }), config },
);

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  // The record of a killed invocation may be taken over after the end of its time.
  config.registerLambdaContext(context);
  return processPartialResponse(event, sendOnce, processor, { context });
}
