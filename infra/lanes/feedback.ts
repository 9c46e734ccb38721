import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { COUNTER, EMAIL_FEEDBACK_SUBSCRIBER, ENV, FUNCTION, type FunctionName } from '#shared/names.ts';
import { counter, type Graph, labelled } from '../constructs/monitoring.ts';
import { dueTimesOf, type Stage } from '../constructs/stage.ts';
import { Subscriber } from '../constructs/subscriber.ts';
import type { Platform } from './platform.ts';

/** Only crashes count here, but more are allowed than elsewhere, because no row announces evidence again. */
const FEEDBACK_RECEIVES = 30;

/**
 * Providers' events contain addresses, so they are kept for a short time only. But they are evidence, too: four days
 * are longer than an outage over a long weekend, during which an event is returned to its queue again and again until
 * the failed dependency is back. Events that were set aside are kept for three more days, counted from the alarm.
 */
const FEEDBACK_RETENTION = { queueDays: 4, setAsideDays: 7 };

type FeedbackProps = {
  name: FunctionName;
  subscriberId?: string;
  /** The provider's events. */
  events: ITopic;
  environment?: Record<string, string>;
  oldestSeconds?: number;
};

/** Records the events of one provider in the rows of their messages. */
class Feedback extends Subscriber {
  private readonly stage: Stage;

  constructor(scope: Construct, { stage, table, secret }: Platform, props: FeedbackProps) {
    const { name, subscriberId, events, environment, oldestSeconds } = props;
    super(scope, {
      stage,
      name,
      subscriberId,
      environment: {
        ...table.environment,
        ...secret.environment,
        ...environment,
        ...dueTimesOf(stage),
      },
      topic: events,
      maxConcurrency: 10,
      maxReceiveCount: FEEDBACK_RECEIVES,
      retention: FEEDBACK_RETENTION,
      oldestSeconds,
    });
    this.stage = stage;
    this.function.allow(
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      [table.arn],
    );
    secret.allowReading(this.function);
  }

  override panel(): Graph[] {
    const { name } = this.function;
    const undocumented = counter(this.stage, COUNTER.feedbackUndocumented, name);
    const unattributed = counter(this.stage, COUNTER.feedbackUnattributed, name);
    return [
      ...super.panel(),
      {
        step: 'feedback',
        title: 'Events that are incomplete or not documented',
        metrics: [
          labelled(undocumented, `${name}: undocumented value`),
          labelled(unattributed, `${name}: recipient not clear`),
        ],
      },
    ];
  }
}

/** Records the events of the e-mail provider. */
export class EmailFeedback extends Feedback {
  constructor(scope: Construct, platform: Platform) {
    const { feedMarginSeconds } = platform.stage.settings.email;
    super(scope, platform, {
      name: FUNCTION.recordEmailFeedback,
      subscriberId: EMAIL_FEEDBACK_SUBSCRIBER,
      events: platform.mail.events,
      environment: { ...platform.mail.provider, [ENV.feedMarginSeconds]: String(feedMarginSeconds) },
      // Half of the longest delay that an automatic resend assumes. Evidence that takes longer than the whole may come
      // too late.
      oldestSeconds: Math.ceil(feedMarginSeconds / 2),
    });
  }
}

/** Records the events of End User Messaging. No decision depends on their absence, and carriers are slow anyway. */
export class SmsFeedback extends Feedback {
  constructor(scope: Construct, platform: Platform, events: ITopic) {
    super(scope, platform, { name: FUNCTION.recordSmsFeedback, events });
  }
}
