import {
  CfnOutput,
  DefaultStackSynthesizer,
  Duration,
  PermissionsBoundary,
  Stack,
  Tags,
  Validations,
} from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type CfnFunction, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { SubscriptionFilter, type Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import {
  ATTACHMENT_RELEASED,
  ATTRIBUTE,
  type Channel,
  ENV,
  FUNCTION,
  type FunctionName,
  MESSAGE_ATTRIBUTE,
  NOTIFICATION_MESSAGE,
  NOTIFICATION_REQUESTED,
  RELEASING_MESSAGES,
  SORT_KEY,
} from '#shared/names.ts';
import { Alarms } from './constructs/alarms.ts';
import { Attachments } from './constructs/attachments.ts';
import { StageDashboard } from './constructs/dashboard.ts';
import { CounterfoilApi } from './constructs/http-api.ts';
import { Mail } from './constructs/mail.ts';
import type { Watched } from './constructs/metrics.ts';
import { ServiceFunction, type ServiceFunctionProps } from './constructs/service-function.ts';
import { ServiceTopic } from './constructs/service-topic.ts';
import { removalPolicyOf, type Stage } from './constructs/stage.ts';
import { StageKey } from './constructs/stage-key.ts';
import { Subscriber } from './constructs/subscriber.ts';
import { type CounterfoilTable, counterfoilTable, dueIndexArnOf, logIndexArnOf } from './constructs/table.ts';
import { TextMessages } from './constructs/text-messages.ts';
import { OwnPool, type Tokens } from './constructs/tokens.ts';
import { type StageSettings, sendableAtOnce } from './settings.ts';

type OwnFunctionProps = Pick<ServiceFunctionProps, 'timeoutSeconds' | 'memoryMb' | 'environment'>;
type SenderProps = {
  name: FunctionName;
  channel: Channel;
  ratePerSecond: number;
  environment: Record<string, string>;
};

export type CounterfoilProps = {
  stage: string;
  settings: StageSettings;
  /** Bundle folder of each function, by name. */
  bundles: Record<string, string>;
};

/** Read and render, claim and release, record with its event; BatchGetItem when recording meets a conflict. */
/** `GetItem`: the row of the channel's circuit. */
const SENDER_TABLE_ACTIONS = [
  'dynamodb:GetItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
  'dynamodb:PutItem',
  'dynamodb:BatchGetItem',
];

/** Crashes only, but more of them than elsewhere: no row announces evidence again. */
const FEEDBACK_RECEIVES = 30;

/**
 * Providers' events name addresses, so they are not kept for long. They are evidence, too: four days outlast an
 * outage over a long weekend, in which an event is returned to its queue again and again, whatever is away. What
 * was set aside has three more days, from the alarm on.
 */
const FEEDBACK_RETENTION = { queueDays: 4, setAsideDays: 7 };

/** One stage of Counterfoil, in the order in which a message passes through it. */
export class CounterfoilStack extends Stack {
  private readonly stage: Stage;
  private readonly settings: StageSettings;

  constructor(scope: Construct, id: string, { stage, settings, bundles }: CounterfoilProps) {
    super(scope, id, {
      // With both, the CDK itself refuses credentials of another account.
      env: { account: settings.account, region: settings.region },
      description: 'Counterfoil: exactly-once processing of commands and the messages they send',
      terminationProtection: settings.production,
      synthesizer: new DefaultStackSynthesizer({ qualifier: settings.bootstrapQualifier }),
      ...(settings.permissionsBoundary && {
        permissionsBoundary: PermissionsBoundary.fromName(settings.permissionsBoundary),
      }),
      // CloudFormation's own tags, of the stack itself; `Tags` below writes those of its resources into the template.
      tags: tagsOf(stage, settings),
    });
    this.settings = settings;
    for (const [key, value] of Object.entries(tagsOf(stage, settings))) Tags.of(this).add(key, value);
    this.stage = { name: stage, settings, bundles };
    if (settings.encryption === 'customer-key') this.stage.key = StageKey.of(this, 'key', this.stage);

    const table = counterfoilTable(this, 'table', { stage: this.stage });
    const secret = this.secret();
    const tokens = this.tokens(table);
    const attachments = new Attachments(this, 'attachments', { stage: this.stage });
    const { api } = new CounterfoilApi(this, 'api', {
      stage: this.stage,
      tokens,
      handleCommand: this.commands(table, secret, attachments),
      serveQuery: this.queries(table, secret),
    });

    const topic = new ServiceTopic(this, 'topic', { stage: this.stage });
    const relay = this.relay(table, topic);

    const mail = new Mail(this, 'mail', { stage: this.stage });
    const emailSender = this.emailSender(table, topic, mail, attachments);
    const texts = new TextMessages(this, 'text-messages', { stage: this.stage });
    const smsSender = this.smsSender(table, topic, texts);
    const release = this.release(table, topic, attachments);
    const statistics = this.statistics(table, topic);
    const feedback = this.feedback(table, mail, secret);
    const smsFeedback = texts.events && this.feedbackOf(FUNCTION.recordSmsFeedback, texts.events, table, secret, {});

    const wakeDue = this.wakeDue(table, topic, mail, feedback);
    this.watch({
      api,
      table,
      relay,
      topic,
      mail,
      emailSender,
      smsSender,
      release,
      statistics,
      feedback,
      texts,
      smsFeedback,
      wakeDue,
    });

    this.outputs({
      apiUrl: api.apiEndpoint,
      tableName: table.tableName,
      topicArn: topic.topicArn,
      attachmentsBucket: attachments.bucket.bucketName,
      queues: queuesOf([emailSender, smsSender, release, statistics, feedback, ...(smsFeedback ? [smsFeedback] : [])]),
      ...(tokens instanceof OwnPool && {
        pool: {
          id: tokens.pool.userPoolId,
          tokenUrl: tokens.tokenUrl,
          smokeClientId: tokens.smokeClient.userPoolClientId,
          scopePrefix: tokens.scopePrefix,
        },
      }),
    });
  }

  /** Who may call: people and machines of the stage's own pool, or whoever an existing issuer vouches for. */
  private tokens(table: CounterfoilTable): Tokens {
    const { jwt } = this.settings;
    if (jwt.kind === 'issuer') {
      const audience = [...(jwt.audience ?? []), ...(jwt.clientIds ?? [])];
      return { issuer: jwt.issuer, audience, scopePrefix: jwt.scopePrefix };
    }
    const tokenTrigger = this.function(FUNCTION.addTenantClaim, {
      // Cognito waits five seconds for a trigger, and no longer.
      timeoutSeconds: 5,
      memoryMb: 512,
      environment: {
        [ENV.table]: table.tableName,
        [ENV.tenantClaim]: jwt.tenantClaim,
        [ENV.scopePrefix]: `${jwt.resourceServer}/`,
      },
    });
    tokenTrigger.allow(['dynamodb:GetItem'], [table.tableArn]);
    return new OwnPool(this, 'tokens', { stage: this.stage, jwt, tokenTrigger });
  }

  /** Keys the hashes of request bodies and of recipients: without it, one left after an erasure could be guessed from. */
  private secret(): Secret {
    const { key } = this.stage;
    const secret = new Secret(this, 'secret', {
      description: 'Counterfoil: key of the hashes that recognise a repeated request',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: removalPolicyOf(this.stage),
      ...(key && { encryptionKey: key }),
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SMG4',
      reason:
        'A rotated key would no longer recognise repeated requests and suppressed recipients, which are recognised at any age.',
    });
    return secret;
  }

  /** HTTP in: one transaction writes the order and what it has to say. */
  private commands(table: CounterfoilTable, secret: Secret, attachments: Attachments): ServiceFunction {
    const commands = this.function(FUNCTION.handleCommand, {
      timeoutSeconds: 10,
      memoryMb: 512,
      environment: {
        [ENV.table]: table.tableName,
        [ENV.secret]: secret.secretArn,
        [ENV.tenantClaim]: this.settings.jwt.tenantClaim,
        [ENV.contentRetentionDays]: String(this.settings.contentRetentionDays),
        ...this.dueTimes,
        ...attachments.environment,
        ...attachments.uploadEnvironment,
      },
    });
    attachments.allowUploads(commands);
    attachments.allowReading(commands);
    commands.allow(
      [
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'dynamodb:ConditionCheckItem',
        'dynamodb:GetItem',
        'dynamodb:BatchGetItem',
      ],
      [table.tableArn],
    );
    commands.allow(['secretsmanager:GetSecretValue'], [secret.secretArn]);
    return commands;
  }

  private queries(table: CounterfoilTable, secret: Secret): ServiceFunction {
    const queries = this.function(FUNCTION.serveQuery, {
      timeoutSeconds: 10,
      memoryMb: 512,
      environment: {
        [ENV.table]: table.tableName,
        [ENV.secret]: secret.secretArn,
        [ENV.tenantClaim]: this.settings.jwt.tenantClaim,
      },
    });
    queries.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'], [table.tableArn]);
    queries.allow(['dynamodb:Query'], [dueIndexArnOf(table), logIndexArnOf(table)]);
    queries.allow(['secretsmanager:GetSecretValue'], [secret.secretArn]);
    return queries;
  }

  /** Out of the outbox, by the stream. */
  private relay(table: CounterfoilTable, topic: Topic): ServiceFunction {
    const relay = this.function(FUNCTION.relayOutbox, {
      timeoutSeconds: 30,
      memoryMb: 512,
      environment: { [ENV.table]: table.tableName, [ENV.topic]: topic.topicArn },
    });
    relay.allow(['dynamodb:UpdateItem'], [table.tableArn]);
    relay.allow(['sns:Publish'], [topic.topicArn]);
    relay.lambda.addEventSource(
      new DynamoEventSource(table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        parallelizationFactor: 10,
        // A record that fails is still due in the index: the stream never waits for it.
        retryAttempts: 2,
        maxRecordAge: Duration.minutes(5),
        filters: [
          FilterCriteria.filter({
            eventName: FilterRule.isEqual('INSERT'),
            dynamodb: { Keys: { [ATTRIBUTE.sortKey]: { S: FilterRule.beginsWith(SORT_KEY.outbox) } } },
          }),
        ],
      }),
    );
    Validations.of(relay).acknowledge({
      id: 'Serverless::Serverless-LambdaEventSourceMappingDestination',
      reason:
        'A record that could not be relayed is still due in the index, where wake-due finds it; nothing is lost with the stream record.',
    });
    return relay;
  }

  private emailSender(table: CounterfoilTable, topic: Topic, mail: Mail, attachments: Attachments): Subscriber {
    const sender = this.sender(table, topic, {
      name: FUNCTION.sendEmail,
      channel: 'email',
      ratePerSecond: this.settings.email.ratePerSecond,
      environment: { ...mail.environment, ...attachments.environment },
    });
    mail.allowSending(sender.function);
    attachments.allowReading(sender.function);
    return sender;
  }

  private smsSender(table: CounterfoilTable, topic: Topic, texts: TextMessages): Subscriber {
    const sender = this.sender(table, topic, {
      name: FUNCTION.sendSms,
      channel: 'sms',
      ratePerSecond: this.settings.sms.ratePerSecond,
      environment: texts.environment,
    });
    texts.allowSending(sender.function);
    return sender;
  }

  /** A subscriber of one channel's requests, kept to its share of what the account may send. */
  private sender(
    table: CounterfoilTable,
    topic: Topic,
    { name, channel, ratePerSecond, environment, ...which }: SenderProps,
  ): Subscriber {
    const { timing, circuit, senderConcurrency } = this.settings;
    const sender = new Subscriber(this, {
      ...this.functionProps(name, {
        timeoutSeconds: timing.senderTimeoutSeconds,
        ...which,
        // One message at a time has its attachments in memory: with 28 MB of them, the sender takes 210 MB.
        memoryMb: 512,
        environment: {
          [ENV.table]: table.tableName,
          [ENV.leaseSeconds]: String(timing.leaseSeconds),
          [ENV.providerTimeoutMs]: String(timing.providerTimeoutSeconds * 1000),
          [ENV.unknownDeadlineSeconds]: String(timing.unknownDeadlineSeconds),
          [ENV.senderRatePerSecond]: String(ratePerSecond / senderConcurrency),
          [ENV.circuit]: JSON.stringify(circuit),
          ...this.dueTimes,
          ...environment,
        },
      }),
      topic,
      filter: {
        [MESSAGE_ATTRIBUTE.type]: SubscriptionFilter.stringFilter({ allowlist: [NOTIFICATION_REQUESTED] }),
        [MESSAGE_ATTRIBUTE.channel]: SubscriptionFilter.stringFilter({ allowlist: [channel] }),
      },
      // What it receives beyond what it can send would wait out its visibility timeout for nothing.
      batchSize: Math.min(10, sendableAtOnce(ratePerSecond, this.settings)),
      maxConcurrency: senderConcurrency,
    });
    sender.function.allow(SENDER_TABLE_ACTIONS, [table.tableArn]);
    return sender;
  }

  /** Attachments go when nobody needs them any more: notifications that are done give them up. */
  private release(table: CounterfoilTable, topic: Topic, attachments: Attachments): Subscriber {
    const release = new Subscriber(this, {
      ...this.functionProps(FUNCTION.releaseAttachments, {
        timeoutSeconds: 10,
        memoryMb: 512,
        environment: { [ENV.table]: table.tableName, ...this.dueTimes, ...attachments.environment },
      }),
      topic,
      filter: {
        [MESSAGE_ATTRIBUTE.type]: SubscriptionFilter.stringFilter({
          allowlist: [...RELEASING_MESSAGES, ATTACHMENT_RELEASED],
        }),
        // Most messages have none, and cost nothing here.
        [MESSAGE_ATTRIBUTE.attachments]: SubscriptionFilter.stringFilter({ allowlist: ['true'] }),
      },
      batchSize: 10,
      maxConcurrency: 2,
    });
    release.function.allow(
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      [table.tableArn],
    );
    attachments.allowDeleting(release.function);
    return release;
  }

  /** What happens to notifications, to be counted: it only marks what wake-due counts. */
  private statistics(table: CounterfoilTable, topic: Topic): Subscriber {
    const statistics = new Subscriber(this, {
      ...this.functionProps(FUNCTION.projectStatistics, {
        timeoutSeconds: 10,
        memoryMb: 256,
        environment: { [ENV.table]: table.tableName },
      }),
      topic,
      filter: {
        [MESSAGE_ATTRIBUTE.type]: SubscriptionFilter.stringFilter({
          allowlist: [NOTIFICATION_REQUESTED, ...Object.values(NOTIFICATION_MESSAGE)],
        }),
      },
      batchSize: 10,
      maxConcurrency: 2,
    });
    statistics.function.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [table.tableArn]);
    return statistics;
  }

  /** What the e-mail provider tells about each message, back to the rows it is about. */
  private feedback(table: CounterfoilTable, mail: Mail, secret: Secret): Subscriber {
    return this.feedbackOf(FUNCTION.recordFeedback, mail.events, table, secret, {
      [ENV.feedMarginSeconds]: String(this.settings.email.feedMarginSeconds),
    });
  }

  private feedbackOf(
    name: FunctionName,
    topic: Topic,
    table: CounterfoilTable,
    secret: Secret,
    environment: Record<string, string>,
  ): Subscriber {
    const feedback = new Subscriber(this, {
      ...this.functionProps(name, {
        timeoutSeconds: 10,
        memoryMb: 512,
        environment: {
          [ENV.table]: table.tableName,
          [ENV.secret]: secret.secretArn,
          [ENV.mostReceives]: String(FEEDBACK_RECEIVES),
          ...environment,
          ...this.dueTimes,
        },
      }),
      topic,
      batchSize: 10,
      maxConcurrency: 10,
      maxReceiveCount: FEEDBACK_RECEIVES,
      retention: FEEDBACK_RETENTION,
    });
    feedback.function.allow(
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      [table.tableArn],
    );
    feedback.function.allow(['secretsmanager:GetSecretValue'], [secret.secretArn]);
    return feedback;
  }

  /** Everything that must happen later: the slow lane of the outbox, and notifications whose moment has come. */
  private wakeDue(table: CounterfoilTable, topic: Topic, mail: Mail, feedback: Subscriber): ServiceFunction {
    const { timing, email, onUnknown } = this.settings;
    const feedQueues = [feedback.queue, feedback.deadLetterQueue, feedback.undeliverable];
    const wakeDue = this.function(FUNCTION.wakeDue, {
      timeoutSeconds: 60,
      memoryMb: 256,
      environment: {
        [ENV.table]: table.tableName,
        [ENV.topic]: topic.topicArn,
        [ENV.wakeIntervalSeconds]: String(timing.wakeIntervalSeconds),
        [ENV.wakeRatePerSecond]: String(timing.wakeRatePerSecond),
        [ENV.unknownDeadlineSeconds]: String(timing.unknownDeadlineSeconds),
        [ENV.holdAfterSeconds]: String(timing.holdAfterSeconds),
        [ENV.recheckSeconds]: String(timing.recheckSeconds),
        [ENV.providerTimeoutMs]: String(timing.providerTimeoutSeconds * 1000),
        [ENV.providerInFlightSeconds]: String(timing.providerInFlightSeconds),
        [ENV.feedMarginSeconds]: String(email.feedMarginSeconds),
        [ENV.feedCountLagSeconds]: String(email.feedCountLagSeconds),
        [ENV.feedQueues]: feedQueues.map(({ queueUrl }) => queueUrl).join(' '),
        [ENV.onUnknown]: JSON.stringify(onUnknown),
        ...this.dueTimes,
        ...mail.environment,
      },
    });
    wakeDue.allow(
      ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:PutItem', 'dynamodb:BatchGetItem'],
      [table.tableArn],
    );
    // Erasing walks the tenants' logs, reads what stands about a subject, and takes contents away.
    wakeDue.allow(['dynamodb:Query', 'dynamodb:DeleteItem'], [table.tableArn]);
    wakeDue.allow(['dynamodb:Query'], [dueIndexArnOf(table), logIndexArnOf(table)]);
    wakeDue.allow(['sns:Publish'], [topic.topicArn]);
    wakeDue.allow(
      ['sqs:GetQueueAttributes'],
      feedQueues.map(({ queueArn }) => queueArn),
    );
    mail.allowSending(wakeDue);
    this.everyMinute(wakeDue);
    return wakeDue;
  }

  private everyMinute(wakeDue: ServiceFunction): void {
    // The schedule invokes it asynchronously, so Lambda itself would repeat and hoard what it cannot run at once.
    wakeDue.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    Validations.of(wakeDue.lambda).acknowledge({
      id: 'Serverless::Serverless-LambdaAsyncFailureDestination',
      reason: 'A lost tick carries nothing: the next minute wakes what this one did not.',
    });
    const schedulerRole = new Role(this, 'scheduler-role', { assumedBy: this.scheduler() });
    new Schedule(this, 'every-minute', {
      description: 'Wakes what is due: nothing waits without something that wakes it',
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      // The next minute comes anyway; a late retry of this one would only run beside it.
      target: new LambdaInvoke(wakeDue.lambda, { retryAttempts: 0, role: schedulerRole }),
    });
    const wakeDueId = this.resolve((wakeDue.lambda.node.defaultChild as CfnFunction).logicalId);
    Validations.of(schedulerRole).acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::<${wakeDueId}.Arn>:*]`,
      reason: 'The scheduler invokes any version of this one function.',
    });
  }

  /**
   * EventBridge Scheduler, on behalf of this account's default group of schedules only. A role that is passed to the
   * target gets no conditions from CDK. Without them, a schedule of another account could use the role (the "confused
   * deputy"). Scheduler checks the ARN of the group, not of the schedule.
   */
  private scheduler(): ServicePrincipal {
    const group = this.formatArn({ service: 'scheduler', resource: 'schedule-group', resourceName: 'default' });
    return new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': this.account, 'aws:SourceArn': group } },
    });
  }

  /** Who hears of it when one of all this breaks, and where people look. */
  private watch(parts: Omit<Watched, 'stage' | 'functions'>): void {
    const functions = this.node.findAll().filter((construct) => construct instanceof ServiceFunction);
    const watched: Watched = { stage: this.stage, functions, ...parts };
    const alarms = new Alarms(this, 'alarms', watched).all;
    new StageDashboard(this, 'dashboard', { ...watched, alarms });
  }

  private function(name: FunctionName, props: OwnFunctionProps): ServiceFunction {
    return new ServiceFunction(this, this.functionProps(name, props));
  }

  private functionProps(name: FunctionName, props: OwnFunctionProps): ServiceFunctionProps {
    return { stage: this.stage, name, ...props };
  }

  /** When what a commit writes is due, for every function that commits. */
  private get dueTimes(): Record<string, string> {
    const { outboxGraceSeconds, firstClaimSeconds } = this.settings.timing;
    return {
      [ENV.outboxGraceSeconds]: String(outboxGraceSeconds),
      [ENV.firstClaimSeconds]: String(firstClaimSeconds),
    };
  }

  /** Where everything is, as one JSON text of the shape that `outputs.json` has. */
  private outputs(outputs: Record<string, unknown> & { apiUrl: string }): void {
    new CfnOutput(this, 'apiUrl', { value: outputs.apiUrl });
    new CfnOutput(this, 'outputs', {
      description: 'Written to outputs.json by npm run deploy',
      value: this.toJsonString({ stage: this.stage.name, ...outputs }),
    });
  }
}

/** What tells a bill and a reader which stage a resource belongs to, and who answers and pays for it. */
const tagsOf = (
  stage: string,
  { tags: { owner, costCentre, others } = {} }: StageSettings,
): Record<string, string> => ({
  ...others,
  app: 'counterfoil',
  stage,
  ...(owner !== undefined && { owner }),
  ...(costCentre !== undefined && { 'cost-centre': costCentre }),
});

const queuesOf = (subscribers: Subscriber[]): Record<string, { url: string; dlqUrl: string }> =>
  Object.fromEntries(
    subscribers.map(({ function: { name }, queue, deadLetterQueue }) => [
      name,
      { url: queue.queueUrl, dlqUrl: deadLetterQueue.queueUrl },
    ]),
  );
