import type { App } from 'aws-cdk-lib';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { type PeerProps, PeerStack } from '../peer-stack.ts';

/**
 * The transactional outbox on DynamoDB Streams: order and event in one transaction, the stream's function
 * publishes, and the consumer keeps track of what it has sent.
 * Sources: https://docs.aws.amazon.com/prescriptive-guidance/latest/cloud-design-patterns/transactional-outbox.html
 * (outbox table, change data capture with DynamoDB Streams, consumers that track processed messages) and
 * https://aws.amazon.com/blogs/compute/implementing-the-transactional-outbox-pattern-with-amazon-eventbridge-pipes/
 * (the same with a pipe in the function's place).
 */
export class OutboxStack extends PeerStack {
  constructor(scope: App, props: PeerProps) {
    super(scope, props);
    const orders = this.table('orders', 'orderId');
    const outbox = this.table('outbox', 'eventId', { stream: true });
    const topic = new Topic(this, 'topic');
    const tables = { ORDERS_TABLE: orders.tableName, OUTBOX_TABLE: outbox.tableName };
    const placeOrder = this.httpFunction('place-order', tables);
    orders.grant(placeOrder, 'dynamodb:PutItem');
    outbox.grant(placeOrder, 'dynamodb:PutItem');
    this.api(placeOrder);

    const publishEvents = this.streamFunction('publish-events', { TOPIC_ARN: topic.topicArn });
    topic.grantPublish(publishEvents);
    publishEvents.addEventSource(
      new DynamoEventSource(outbox, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        // Unlimited retries, which is Lambda's default: an event waits as long as it is in the stream, for a day.
        reportBatchItemFailures: true,
        filters: [FilterCriteria.filter({ eventName: FilterRule.isEqual('INSERT') })],
      }),
    );

    const sendEmail = this.subscriber('send-email', topic, { OUTBOX_TABLE: outbox.tableName });
    outbox.grant(sendEmail, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    this.letSend(sendEmail);
  }
}
