import { DynamoDBClient, TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { accepted, type Order, orderIn, variable } from '../../order.ts';

const dynamo = new DynamoDBClient();
const ordersTable = variable('ORDERS_TABLE');
const outboxTable = variable('OUTBOX_TABLE');

/** Stores the order with its event. An existing order already has its event, so it gets the same answer. */
export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const order = orderIn(event);
  try {
    await dynamo.send(transactionOf(order));
  } catch (error) {
    if (!isThereAlready(error)) throw error;
  }
  return accepted(order);
}

function transactionOf(order: Order): TransactWriteItemsCommand {
  const outboxItem = { eventId: order.orderId, type: 'OrderPlaced', order, sent: false };
  return new TransactWriteItemsCommand({
    TransactItems: [
      {
        Put: {
          TableName: ordersTable,
          Item: marshall(order),
          ConditionExpression: 'attribute_not_exists(orderId)',
        },
      },
      { Put: { TableName: outboxTable, Item: marshall(outboxItem) } },
    ],
  });
}

function isThereAlready(error: unknown): boolean {
  return (
    error instanceof TransactionCanceledException &&
    (error.CancellationReasons ?? []).some(({ Code }) => Code === 'ConditionalCheckFailed')
  );
}
