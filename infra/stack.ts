import { CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ABOUT_ORDERS, FUNCTION, NOTIFICATION_MESSAGE, NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { Alarms } from './constructs/alarms.ts';
import { Attachments } from './constructs/attachments.ts';
import { Canary } from './constructs/canary.ts';
import { consoleOriginOf } from './constructs/console-origin.ts';
import { StageDashboard } from './constructs/dashboard.ts';
import { HashSecret } from './constructs/hash-secret.ts';
import { CounterfoilApi, HttpFunction } from './constructs/http-api.ts';
import type { Mail } from './constructs/mail.ts';
import { MessageTopic } from './constructs/service-topic.ts';
import { SesMail } from './constructs/ses-mail.ts';
import { type SignIn, signInOf } from './constructs/sign-in.ts';
import type { Stage } from './constructs/stage.ts';
import { StageKey } from './constructs/stage-key.ts';
import { ReturnedMessages, Subscriber } from './constructs/subscriber.ts';
import { CounterfoilTable } from './constructs/table.ts';
import { TextMessages } from './constructs/text-messages.ts';
import { OwnPool } from './constructs/tokens.ts';
import { WebMail } from './constructs/web-mail.ts';
import { WebhookKey } from './constructs/webhook-key.ts';
import { domainRoutes } from './domain-routes.ts';
import * as registered from './domains.ts';
import { emailNeedsOf } from './email-gateways.ts';
import { AttachmentRelease } from './lanes/attachment-release.ts';
import { AutomaticRedrives } from './lanes/automatic-redrives.ts';
import { Commands } from './lanes/commands.ts';
import { DeadLetterCollection } from './lanes/dead-letter-collection.ts';
import { EmailEvents } from './lanes/email-events.ts';
import { EmailSender } from './lanes/email-sender.ts';
import { EmailFeedback, SmsFeedback } from './lanes/feedback.ts';
import { Hints } from './lanes/hints.ts';
import { LaneWatch } from './lanes/lane-watch.ts';
import type { AddLanes, Platform } from './lanes/platform.ts';
import { Processes } from './lanes/processes.ts';
import { Queries } from './lanes/queries.ts';
import { RedrivePlans } from './lanes/redrive-plans.ts';
import { Redrives } from './lanes/redrives.ts';
import { Relay } from './lanes/relay.ts';
import { Replays } from './lanes/replays.ts';
import { SmsSender } from './lanes/sms-sender.ts';
import { tokensOf } from './lanes/tokens.ts';
import { TopicSubscriber } from './lanes/topic-subscriber.ts';
import { WakeDue } from './lanes/wake-due.ts';
import { WebhookRequests, WebhookSender } from './lanes/webhooks.ts';
import { requireOneHandler } from './one-handler.ts';
import type { LiveOutputs } from './outputs.ts';
import type { StageSettings } from './settings.ts';
import { stackPropsOf, tagsOf } from './stack-props.ts';
import { requireSmallVariables } from './variable-size.ts';

export type CounterfoilProps = {
  stage: string;
  settings: StageSettings;
  /** Bundle folder of each function, by name. */
  bundles: Record<string, string>;
  /** The git commit that the bundles were built from. */
  release?: string | undefined;
  /** The business domains and subscribers with a folder of their own. Default: those in `domains.ts`. */
  domains?: readonly AddLanes[];
};

/**
 * One stage of Counterfoil: the resources that hold state, and the lanes that a message passes through. Each of them
 * brings its own permissions, alarms and graphs.
 */
export class CounterfoilStack extends Stack {
  /** Where the API is reached. */
  readonly apiUrl: string;
  /** How people sign in to the stage's console; undefined if the stage has none. */
  readonly signIn: SignIn | undefined;
  /** Where changes are announced; undefined if the stage announces none. */
  readonly live: LiveOutputs | undefined;

  constructor(scope: Construct, id: string, { stage: name, settings, bundles, release, domains }: CounterfoilProps) {
    super(scope, id, {
      ...stackPropsOf(name, settings),
      description: 'Counterfoil: exactly-once processing of commands and the messages they send',
    });
    for (const [key, value] of Object.entries(tagsOf(name, settings))) Tags.of(this).add(key, value);
    const consoleOrigin = consoleOriginOf(this, settings);
    const stage: Stage = {
      name,
      settings,
      bundles,
      ...(release !== undefined && { release }),
      ...(consoleOrigin !== undefined && { consoleOrigin }),
    };
    if (settings.encryption === 'customer-key') stage.key = StageKey.of(this, 'key', stage);

    const platform = this.platform(stage);
    const tokens = tokensOf(this, 'tokens', platform);
    this.lanes(platform);
    this.live = settings.live ? new Hints(this, 'hints', { ...platform, tokens }).channels.outputs : undefined;
    for (const addLanes of domains ?? Object.values(registered)) addLanes(this, platform);
    new DeadLetterCollection(this, platform, this.subscribers());
    new Redrives(this, platform, this.subscribers());
    new LaneWatch(this, platform, this.subscribers());
    // A stack with chosen domains is one of a test.
    requireOneHandler(this, domains ? [] : domainRoutes);
    requireSmallVariables(this);

    // These find everything above. What is added below has neither routes nor alarms nor graphs.
    const api = new CounterfoilApi(this, 'api', { stage, tokens });
    const alarms = new Alarms(this, 'alarms', { stage });
    new StageDashboard(this, 'dashboard', alarms);
    this.canary(settings, alarms);
    this.apiUrl = api.url;
    this.signIn = signInOf(stage, tokens);
    this.outputs(platform, {
      ...(tokens instanceof OwnPool && { pool: tokens.outputs }),
      ...(this.live && { live: this.live }),
    });
  }

  private platform(stage: Stage): Platform {
    return {
      stage,
      table: new CounterfoilTable(this, 'table', { stage }),
      secret: new HashSecret(this, 'secret', { stage }),
      attachments: new Attachments(this, 'attachments', { stage }),
      topic: new MessageTopic(this, 'topic', { stage }),
      mail: this.mail(stage),
      texts: new TextMessages(this, 'text-messages', { stage }),
      webhookKey: new WebhookKey(this, 'webhook-key', { stage }),
    };
  }

  private mail(stage: Stage): Mail {
    const needs = emailNeedsOf(stage.settings.email);
    return needs.service === 'ses'
      ? new SesMail(this, 'mail', { stage, needs })
      : new WebMail(this, 'mail', { stage, needs });
  }

  /**
   * The platform's lanes, in the order in which a message passes through them. A business domain or a subscriber with a
   * folder of its own is one line in `domains.ts`.
   */
  private lanes(platform: Platform): void {
    new Commands(this, platform);
    new Queries(this, platform);
    new RedrivePlans(this, platform, () => this.subscribers());
    new Relay(this, platform);
    new EmailSender(this, platform);
    new SmsSender(this, platform);
    new WebhookSender(this, platform);
    new AttachmentRelease(this, platform);
    new TopicSubscriber(this, platform, { name: FUNCTION.projectStatistics, types: ABOUT_NOTIFICATIONS });
    new TopicSubscriber(this, platform, { name: FUNCTION.projectOrders, types: { prefix: ABOUT_ORDERS } });
    new Processes(this, platform);
    new Replays(this, platform);
    if (platform.mail instanceof WebMail) new EmailEvents(this, platform, platform.mail);
    new WebhookRequests(this, platform);
    const emailFeedback = new EmailFeedback(this, platform);
    if (platform.texts.events) new SmsFeedback(this, platform, platform.texts.events);
    new ReturnedMessages(this, 'returned-messages', platform);
    const automatic = new AutomaticRedrives(this, platform, () => this.subscribers());
    new WakeDue(this, { ...platform, emailFeedback, onDeadLetters: automatic.lambda });
  }

  private canary({ changes }: StageSettings, alarms: Alarms): void {
    if (changes.kind !== 'canary') return;
    const functions = this.node.findAll().filter((construct) => construct instanceof HttpFunction);
    new Canary(this, 'canary', { functions, steps: changes, alarms });
  }

  private subscribers(): Subscriber[] {
    return this.node.findAll().filter((construct) => construct instanceof Subscriber);
  }

  /** The stack's outputs as one JSON text in the shape of `outputs.json`. */
  private outputs({ stage, table, topic, attachments }: Platform, others: { pool?: object; live?: object }): void {
    const { apiUrl } = this;
    const { consoleOrigin } = stage;
    const subscribers = this.subscribers();
    new CfnOutput(this, 'apiUrl', { value: apiUrl });
    if (stage.release !== undefined)
      new CfnOutput(this, 'release', { value: stage.release, description: 'The git commit that is deployed' });
    new CfnOutput(this, 'outputs', {
      description: 'Written to outputs.json by npm run deploy',
      value: this.toJsonString({
        stage: stage.name,
        apiUrl,
        ...(consoleOrigin !== undefined && { consoleUrl: `${consoleOrigin}/` }),
        tableName: table.name,
        topicArn: topic.topicArn,
        attachmentsBucket: attachments.bucket.bucketName,
        queues: Object.fromEntries(
          subscribers.map(({ function: { name }, queue, deadLetterQueue }) => [
            name,
            { url: queue.queueUrl, dlqUrl: deadLetterQueue.queueUrl },
          ]),
        ),
        ...others,
      }),
    });
  }
}

/** What statistics count. `project-statistics` only marks what `wake-due` counts. */
const ABOUT_NOTIFICATIONS = [NOTIFICATION_REQUESTED, ...Object.values(NOTIFICATION_MESSAGE)];
