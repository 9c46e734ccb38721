import type { App } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { type PeerProps, PeerStack } from '../peer-stack.ts';

/**
 * How a repeated request for a stored order is handled: either it is answered, because the order exists, or all later
 * steps are repeated, because it is unknown whether they were done.
 */
export type OnRepeat = 'answer' | 'do-again';

/**
 * The usual dual write: put, publish and send, one after the other in the handler.
 * Source: AWS Prescriptive Guidance describes it as the problem that an outbox solves:
 * https://docs.aws.amazon.com/prescriptive-guidance/latest/cloud-design-patterns/transactional-outbox.html
 */
export class DualWriteStack extends PeerStack {
  constructor(scope: App, props: PeerProps & { onRepeat: OnRepeat }) {
    super(scope, props);
    const orders = this.table('orders', 'orderId');
    const topic = new Topic(this, 'topic');
    const placeOrder = this.httpFunction('place-order', {
      ORDERS_TABLE: orders.tableName,
      TOPIC_ARN: topic.topicArn,
      ON_REPEAT: props.onRepeat,
    });
    orders.grant(placeOrder, 'dynamodb:PutItem');
    topic.grantPublish(placeOrder);
    this.letSend(placeOrder);
    this.api(placeOrder);
  }
}
