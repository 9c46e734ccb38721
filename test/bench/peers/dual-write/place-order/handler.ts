import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { accepted, mailAbout, type Order, orderIn, variable } from '../../order.ts';

// The SDK's defaults: three attempts each.
const dynamo = new DynamoDBClient();
const sns = new SNSClient();
const ses = new SESv2Client();
const ordersTable = variable('ORDERS_TABLE');
const topicArn = variable('TOPIC_ARN');
const answersRepeats = variable('ON_REPEAT') === 'answer';

/** Puts, publishes and sends. A failure is answered with 500, and the client repeats its request with the same key. */
export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const order = orderIn(event);
  const isNew = await put(order);
  if (!isNew && answersRepeats) return accepted(order);
  await sns.send(new PublishCommand({ TopicArn: topicArn, Message: JSON.stringify({ type: 'OrderPlaced', order }) }));
  await ses.send(new SendEmailCommand(mailAbout(order)));
  return accepted(order);
}

/** @returns false if the order exists already. */
async function put(order: Order): Promise<boolean> {
  try {
    const ConditionExpression = 'attribute_not_exists(orderId)';
    await dynamo.send(new PutItemCommand({ TableName: ordersTable, Item: marshall(order), ConditionExpression }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
