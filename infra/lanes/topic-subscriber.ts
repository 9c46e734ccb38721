import { SubscriptionFilter } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { ENV, MESSAGE_ATTRIBUTE } from '#shared/names.ts';
import { Subscriber } from '../constructs/subscriber.ts';
import type { Platform } from './platform.ts';

/** For dead letters, and for state of its own. `executeOnce` needs `BatchGetItem` and `PutItem`, too. */
const TABLE_ACTIONS = ['dynamodb:GetItem', 'dynamodb:UpdateItem'];

type TopicSubscriberProps = {
  /** The folder under `functions`. */
  name: string;
  /** The types of messages that it gets: these, or all that begin with one of these prefixes. */
  types: string[] | { prefixes: string[] };
  /** What it does with the table. Default: `TABLE_ACTIONS`. */
  tableActions?: string[];
};

/** A subscriber to our own messages that needs nothing but the table. */
export class TopicSubscriber extends Subscriber {
  constructor(scope: Construct, { stage, table, topic }: Platform, props: TopicSubscriberProps) {
    const { name, types, tableActions = TABLE_ACTIONS } = props;
    super(scope, {
      stage,
      name,
      timeoutSeconds: 10,
      memoryMb: 256,
      environment: { [ENV.table]: table.name },
      topic,
      filter: { [MESSAGE_ATTRIBUTE.type]: SubscriptionFilter.stringFilter(matching(types)) },
      batchSize: 10,
      maxConcurrency: 2,
    });
    this.function.allow(tableActions, [table.arn]);
  }
}

const matching = (types: TopicSubscriberProps['types']) =>
  Array.isArray(types) ? { allowlist: types } : { matchPrefixes: types.prefixes };
