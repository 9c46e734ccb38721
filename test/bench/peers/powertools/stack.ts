import type { App } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { type PeerProps, PeerStack } from '../peer-stack.ts';

/** The permissions of the idempotency utility, from its documentation. */
const IDEMPOTENCY_ACTIONS = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'];

/**
 * `@aws-lambda-powertools/idempotency` around the HTTP handler and around each record of the queue, and
 * `@aws-lambda-powertools/batch` for the queue.
 * Sources: https://docs.aws.amazon.com/powertools/typescript/latest/features/idempotency/ (payload subset,
 * payload validation, key required, Lambda timeouts, batch integration, table configuration) and
 * https://docs.aws.amazon.com/powertools/typescript/latest/features/batch/ (messages from SQS).
 */
export class PowertoolsStack extends PeerStack {
  constructor(scope: App, props: PeerProps) {
    super(scope, props);
    const orders = this.table('orders', 'orderId');
    const idempotency = this.table('idempotency', 'id', { timeToLive: 'expiration' });
    const topic = new Topic(this, 'topic');
    const placeOrder = this.httpFunction('place-order', {
      ORDERS_TABLE: orders.tableName,
      IDEMPOTENCY_TABLE: idempotency.tableName,
      TOPIC_ARN: topic.topicArn,
    });
    orders.grant(placeOrder, 'dynamodb:PutItem');
    idempotency.grant(placeOrder, ...IDEMPOTENCY_ACTIONS);
    topic.grantPublish(placeOrder);
    this.api(placeOrder);

    const sendEmail = this.subscriber('send-email', topic, { IDEMPOTENCY_TABLE: idempotency.tableName });
    idempotency.grant(sendEmail, ...IDEMPOTENCY_ACTIONS);
    this.letSend(sendEmail);
  }
}
