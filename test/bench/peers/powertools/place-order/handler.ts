import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { accepted, orderIn, variable } from '../../order.ts';

const dynamo = new DynamoDBClient();
const sns = new SNSClient();
const ordersTable = variable('ORDERS_TABLE');
const topicArn = variable('TOPIC_ARN');

/**
 * The whole handler is one idempotent operation, identified by the client's key. An error in it deletes the record, and
 * the client's next call repeats everything with the same order id, so that the order is not duplicated (the
 * documentation's examples use a random id).
 */
export const handler = makeIdempotent(
  async (event: APIGatewayProxyEventV2, _context: Context): Promise<APIGatewayProxyStructuredResultV2> => {
    const order = orderIn(event);
    await dynamo.send(new PutItemCommand({ TableName: ordersTable, Item: marshall(order) }));
    await sns.send(new PublishCommand({ TopicArn: topicArn, Message: JSON.stringify({ type: 'OrderPlaced', order }) }));
    return accepted(order);
  },
  {
    persistenceStore: new DynamoDBPersistenceLayer({ tableName: variable('IDEMPOTENCY_TABLE') }),
    config: new IdempotencyConfig({
      eventKeyJmesPath: 'headers."idempotency-key"',
      payloadValidationJmesPath: 'powertools_json(body)',
      throwOnNoIdempotencyKey: true,
    }),
  },
);
