import type { Construct } from 'constructs';
import { MESSAGE_ATTRIBUTE } from '#shared/names.ts';
import { type AllowedValues, Subscriber } from '../constructs/subscriber.ts';
import type { Platform } from './platform.ts';

/** For dead letters, and for state of its own. `executeOnce` needs `BatchGetItem` and `PutItem`, too. */
const TABLE_ACTIONS = ['dynamodb:GetItem', 'dynamodb:UpdateItem'];

type TopicSubscriberProps = {
  /** The folder under `functions`. */
  name: string;
  /** The types of messages that it gets. */
  types: AllowedValues;
  /** What it does with the table. Default: `TABLE_ACTIONS`. */
  tableActions?: readonly string[];
  /** Variables in addition to the table. */
  environment?: Record<string, string>;
  /** Default: 256. */
  memoryMb?: number;
};

/** A subscriber to our own messages that needs nothing but the table. */
export class TopicSubscriber extends Subscriber {
  constructor(scope: Construct, { stage, table, topic }: Platform, props: TopicSubscriberProps) {
    const { name, types, tableActions = TABLE_ACTIONS, environment, memoryMb = 256 } = props;
    super(scope, {
      stage,
      name,
      memoryMb,
      environment: { ...table.environment, ...environment },
      topic,
      filter: { [MESSAGE_ATTRIBUTE.type]: types },
      maxConcurrency: 2,
    });
    this.function.allow([...tableActions], [table.arn]);
  }
}
