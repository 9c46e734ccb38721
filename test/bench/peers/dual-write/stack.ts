import type { App } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { type PeerProps, PeerStack } from '../peer-stack.ts';

/**
 * What is done when a request comes again whose order is stored already: it is answered, as the order is
 * there; or all that follows the storing is done again, as nobody knows whether it was.
 */
export type OnRepeat = 'answer' | 'do-again';

/**
 * The dual write that most code does: put, publish, send, one after the other in the handler.
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
