import type { Construct } from 'constructs';
import { dueTimesOf } from '../constructs/stage.ts';
import { EXECUTOR_ACTIONS } from '../constructs/table.ts';
import type { Platform } from './platform.ts';
import { TopicSubscriber } from './topic-subscriber.ts';

/** A subscriber whose handler is made with `commandSubscriber`: each message of these types is one command. */
export class CommandSubscriber extends TopicSubscriber {
  constructor(scope: Construct, platform: Platform, props: { name: string; types: readonly string[] }) {
    const environment = dueTimesOf(platform.stage);
    super(scope, platform, { ...props, tableActions: EXECUTOR_ACTIONS, environment, memoryMb: 512 });
  }
}
