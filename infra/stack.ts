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
import { commandRoutes, queryRoutes } from '#shared/api/routes.ts';
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

/**
 * What a sender does with the table: it reads and renders, claims and releases, and records the outcome with its event.
 * `BatchGetItem`: recording has met a conflict. `GetItem`: the row of the channel's circuit.
 */
const SENDER_TABLE_ACTIONS = [
  'dynamodb:GetItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
  'dynamodb:PutItem',
  'dynamodb:BatchGetItem',
];

/** Only crashes count here, but more are allowed than elsewhere, because no row announces evidence again. */
const FEEDBACK_RECEIVES = 30;

/**
 * Providers' events contain addresses, so they are kept for a short time only. But they are evidence, too: four days
 * are longer than an outage over a long weekend, during which an event is returned to its queue again and again until
 * the failed dependency is back. Events that were set aside are kept for three more days, counted from the alarm.
 */
const FEEDBACK_RETENTION = { queueDays: 4, setAsideDays: 7 };

/** One stage of Counterfoil. The parts are in the order in which a message passes through them. */
export class CounterfoilStack extends Stack {
  private readonly stage: Stage;
  private readonly settings: StageSettings;

  constructor(scope: Construct, id: string, { stage, settings, bundles }: CounterfoilProps) {
    super(scope, id, {
      // With an account and a region, the CDK itself refuses credentials of another account.
      env: { account: settings.account, region: settings.region },
      description: 'Counterfoil: exactly-once processing of commands and the messages they send',
      terminationProtection: settings.production,
      synthesizer: new DefaultStackSynthesizer({ qualifier: settings.bootstrapQualifier }),
      ...(settings.permissionsBoundary && {
        permissionsBoundary: PermissionsBoundary.fromName(settings.permissionsBoundary),
      }),
      // These are the tags of the stack itself. `Tags` below adds the tags of its resources to the template.
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
      served: [
        { id: 'commands', by: this.commands(table, secret, attachments), routes: commandRoutes() },
        { id: 'queries', by: this.queries(table, secret), routes: queryRoutes() },
      ],
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

  /** The issuer whose tokens the API accepts: the stage's own pool of people and machines, or an existing issuer. */
  private tokens(table: CounterfoilTable): Tokens {
    const { jwt } = this.settings;
    if (jwt.kind === 'issuer') {
      const audience = [...(jwt.audience ?? []), ...(jwt.clientIds ?? [])];
      return { issuer: jwt.issuer, audience, scopePrefix: jwt.scopePrefix };
    }
    const tokenTrigger = this.function(FUNCTION.addTenantClaim, {
      // Cognito's timeout for a trigger is five seconds.
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

  /**
   * Key of the hashes of request bodies and recipients. Without a key, the content behind a hash that remains after an
   * erasure could be guessed.
   */
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

  /** Handles commands over HTTP: one transaction writes the order and its outgoing messages. */
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

  /** Publishes outbox rows that arrive by the stream. */
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
        // The row of a failed record is still in the due index, so the stream does not have to wait for it.
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

  /** A subscriber to the requests of one channel, limited to its share of the account's rate. */
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
        // Attachments of one message at a time are in memory: with 28 MB of them, the sender uses 210 MB.
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
      // Messages beyond what it can send would only wait for the end of their visibility timeout.
      batchSize: Math.min(10, sendableAtOnce(ratePerSecond, this.settings)),
      maxConcurrency: senderConcurrency,
    });
    sender.function.allow(SENDER_TABLE_ACTIONS, [table.tableArn]);
    return sender;
  }

  /** Deletes attachments that no notification needs any more. A finished notification releases its attachments. */
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
        // Most messages have no attachment, so this filter keeps them out of the queue at no cost.
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

  /** Events of notifications for the statistics. This function only marks what `wake-due` counts. */
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

  /** Records the e-mail provider's events in the rows of their messages. */
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

  /** Everything that happens later: the slow lane of the outbox, and notifications that are due. */
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
    // An erasure reads the tenants' message logs and the data about a person, and deletes contents.
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
    // The schedule invokes it asynchronously, so Lambda itself would retry and queue invocations that it cannot run at
    // once.
    wakeDue.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    Validations.of(wakeDue.lambda).acknowledge({
      id: 'Serverless::Serverless-LambdaAsyncFailureDestination',
      reason: 'A lost tick carries nothing: the next minute wakes what this one did not.',
    });
    const schedulerRole = new Role(this, 'scheduler-role', { assumedBy: this.scheduler() });
    new Schedule(this, 'every-minute', {
      description: 'Wakes what is due: nothing waits without something that wakes it',
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      // The next invocation follows within a minute. A late retry of this one would only run at the same time.
      target: new LambdaInvoke(wakeDue.lambda, { retryAttempts: 0, role: schedulerRole }),
    });
    const wakeDueId = this.resolve((wakeDue.lambda.node.defaultChild as CfnFunction).logicalId);
    Validations.of(schedulerRole).acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::<${wakeDueId}.Arn>:*]`,
      reason: 'The scheduler invokes any version of this one function.',
    });
  }

  /**
   * EventBridge Scheduler, acting for this account's default schedule group only. The CDK adds no conditions to a role
   * that is passed to the target. Without conditions, a schedule of another account could use the role (the "confused
   * deputy"). Scheduler compares the ARN of the group, not of the schedule.
   */
  private scheduler(): ServicePrincipal {
    const group = this.formatArn({ service: 'scheduler', resource: 'schedule-group', resourceName: 'default' });
    return new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': this.account, 'aws:SourceArn': group } },
    });
  }

  /** Alarms for faults of all these parts, and the dashboard. */
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

  /** When the rows of a commit become due, for every function that commits. */
  private get dueTimes(): Record<string, string> {
    const { outboxGraceSeconds, firstClaimSeconds } = this.settings.timing;
    return {
      [ENV.outboxGraceSeconds]: String(outboxGraceSeconds),
      [ENV.firstClaimSeconds]: String(firstClaimSeconds),
    };
  }

  /** The stack's outputs as one JSON text in the shape of `outputs.json`. */
  private outputs(outputs: Record<string, unknown> & { apiUrl: string }): void {
    new CfnOutput(this, 'apiUrl', { value: outputs.apiUrl });
    new CfnOutput(this, 'outputs', {
      description: 'Written to outputs.json by npm run deploy',
      value: this.toJsonString({ stage: this.stage.name, ...outputs }),
    });
  }
}

/** Tags that show, on a bill and to a reader, which stage a resource belongs to, who is responsible and who pays. */
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
