import { CfnOutput, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { type CfnStage, HttpApi, HttpMethod, type IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, Billing, ProjectionType, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type CfnFunction, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { CfnConfigurationSet, CfnConfigurationSetEventDestination } from 'aws-cdk-lib/aws-ses';
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import {
  ATTRIBUTE,
  type Channel,
  ENV,
  FUNCTION,
  type FunctionName,
  INDEX,
  MESSAGE_ATTRIBUTE,
  NOTIFICATION_REQUESTED,
  SCOPE,
  SORT_KEY,
} from '#shared/names.ts';
import { ServiceFunction, type ServiceFunctionProps } from './constructs/service-function.ts';
import { Subscriber } from './constructs/subscriber.ts';
import type { StageSettings } from './stages.ts';

type OwnFunctionProps = Pick<ServiceFunctionProps, 'timeoutSeconds' | 'memoryMb' | 'environment'>;
type SenderProps = { name: FunctionName; channel: Channel; ratePerSecond: number; environment: Record<string, string> };

/** What it takes to send e-mail, and to hear of it. */
type Mail = {
  configurationSet: CfnConfigurationSet;
  configurationSetArn: string;
  environment: Record<string, string>;
  allowSending(sender: ServiceFunction): void;
};

const dueIndexOf = ({ tableArn }: TableV2): string => `${tableArn}/index/${INDEX.due}`;

/**
 * How many messages one invocation can send at its rate, and still has time for the last call. What it
 * receives beyond that would wait out its visibility timeout for nothing.
 */
function sendableAtOnce(
  ratePerSecond: number,
  { senderTimeoutSeconds, providerTimeoutSeconds }: StageSettings['timing'],
): number {
  const recordingSeconds = 2;
  const usableSeconds = senderTimeoutSeconds - providerTimeoutSeconds - recordingSeconds;
  return Math.min(10, Math.max(1, Math.floor(ratePerSecond * usableSeconds)));
}

export type CounterfoilProps = {
  stage: string;
  settings: StageSettings;
  /** Bundle folder of each function, by name. */
  bundles: Record<string, string>;
};

/** Read and render, claim and release, record with its event; BatchGetItem when recording meets a conflict. */
const SENDER_TABLE_ACTIONS = ['dynamodb:Query', 'dynamodb:UpdateItem', 'dynamodb:PutItem', 'dynamodb:BatchGetItem'];

/** One stage of Counterfoil, in the order in which a message passes through it. */
export class CounterfoilStack extends Stack {
  private readonly stage: string;
  private readonly settings: StageSettings;
  private readonly bundles: Record<string, string>;

  constructor(scope: Construct, id: string, { stage, settings, bundles }: CounterfoilProps) {
    super(scope, id, {
      env: { region: settings.region },
      description: 'Counterfoil: exactly-once processing of commands and the messages they send',
    });
    this.stage = stage;
    this.settings = settings;
    this.bundles = bundles;

    const table = this.table();
    const api = this.httpApi(this.commands(table), this.queries(table));

    const topic = new Topic(this, 'topic', { enforceSSL: true });
    this.relay(table, topic);

    const mail = this.mail();
    this.emailSender(table, topic, mail);
    this.smsSender(table, topic);
    const feedback = this.feedback(table, mail);

    this.wakeDue(table, topic, mail, feedback);

    new CfnOutput(this, 'apiUrl', { value: api.apiEndpoint });
    new CfnOutput(this, 'tableName', { value: table.tableName });
    new CfnOutput(this, 'topicArn', { value: topic.topicArn });
  }

  private get removalPolicy(): RemovalPolicy {
    return this.settings.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
  }

  /** One table holds everything that is kept; its stream is the outbox's fast lane, its `due` index the slow one. */
  private table(): TableV2 {
    return new TableV2(this, 'table', {
      partitionKey: { name: ATTRIBUTE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: ATTRIBUTE.sortKey, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: ATTRIBUTE.expiresAt,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: this.removalPolicy,
      globalSecondaryIndexes: [
        {
          indexName: INDEX.due,
          partitionKey: { name: ATTRIBUTE.dueShard, type: AttributeType.STRING },
          sortKey: { name: ATTRIBUTE.dueAt, type: AttributeType.NUMBER },
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          indexName: INDEX.tenantLog,
          partitionKey: { name: ATTRIBUTE.logTenant, type: AttributeType.STRING },
          sortKey: { name: ATTRIBUTE.logOrder, type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
  }

  /** HTTP in: one transaction writes the order and what it has to say. */
  private commands(table: TableV2): ServiceFunction {
    // Keys the hashes of request bodies: without it, a hash left after an erasure could be guessed from.
    const secret = new Secret(this, 'secret', {
      description: 'Counterfoil: key of the hashes that recognise a repeated request',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: this.removalPolicy,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SMG4',
      reason: 'A rotated key would no longer recognise repeated requests, which are recognised at any age.',
    });
    const commands = this.function(FUNCTION.handleCommand, {
      timeoutSeconds: 10,
      memoryMb: 512,
      environment: {
        [ENV.table]: table.tableName,
        [ENV.secret]: secret.secretArn,
        [ENV.tenantClaim]: this.settings.jwt.tenantClaim,
        ...this.dueTimes,
      },
    });
    commands.allow(
      ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem', 'dynamodb:BatchGetItem'],
      [table.tableArn],
    );
    commands.allow(['secretsmanager:GetSecretValue'], [secret.secretArn]);
    return commands;
  }

  private queries(table: TableV2): ServiceFunction {
    const queries = this.function(FUNCTION.serveQuery, {
      timeoutSeconds: 10,
      memoryMb: 512,
      environment: { [ENV.table]: table.tableName, [ENV.tenantClaim]: this.settings.jwt.tenantClaim },
    });
    queries.allow(['dynamodb:GetItem', 'dynamodb:Query'], [table.tableArn]);
    queries.allow(['dynamodb:Query'], [dueIndexOf(table)]);
    return queries;
  }

  /** Out of the outbox, by the stream. */
  private relay(table: TableV2, topic: Topic): void {
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
  }

  /** How e-mail leaves: without the account's own suppression list, and with an event for each message. */
  private mail(): Mail {
    const configurationSet = new CfnConfigurationSet(this, 'mail', {
      // Suppression is ours, per tenant; the account's list would leak between tenants.
      suppressionOptions: { suppressedReasons: [] },
      reputationOptions: { reputationMetricsEnabled: true },
      sendingOptions: { sendingEnabled: true },
    });
    const configurationSetArn = this.formatArn({
      service: 'ses',
      resource: 'configuration-set',
      resourceName: configurationSet.ref,
    });
    const identityArn = this.formatArn({
      service: 'ses',
      resource: 'identity',
      resourceName: this.settings.email.identity,
    });
    return {
      configurationSet,
      configurationSetArn,
      environment: {
        [ENV.sender]: this.settings.email.sender,
        [ENV.configurationSet]: configurationSet.ref,
      },
      // SES checks both; `grantSendEmail` forgets the configuration set (aws-cdk #34402).
      allowSending: (sender) => sender.allow(['ses:SendEmail'], [identityArn, configurationSetArn]),
    };
  }

  private emailSender(table: TableV2, topic: Topic, mail: Mail): void {
    const { email } = this.settings;
    const sender = this.sender(table, topic, {
      name: FUNCTION.sendEmail,
      channel: 'email',
      ratePerSecond: email.ratePerSecond,
      environment: mail.environment,
    });
    mail.allowSending(sender);
  }

  private smsSender(table: TableV2, topic: Topic): void {
    const sender = this.sender(table, topic, {
      name: FUNCTION.sendSms,
      channel: 'sms',
      ratePerSecond: this.settings.sms.ratePerSecond,
      environment: {},
    });
    // A phone number has no ARN; "everything but topics" is how a text message alone is allowed.
    sender.role.addToPolicy(
      new PolicyStatement({ effect: Effect.ALLOW, actions: ['sns:Publish'], notResources: ['arn:*:sns:*:*:*'] }),
    );
  }

  /** A subscriber of one channel's requests, kept to its share of what the account may send. */
  private sender(
    table: TableV2,
    topic: Topic,
    { name, channel, ratePerSecond, environment }: SenderProps,
  ): ServiceFunction {
    const { timing, senderConcurrency } = this.settings;
    const share = ratePerSecond / senderConcurrency;
    const { function: sender } = new Subscriber(this, {
      ...this.functionProps(name, {
        timeoutSeconds: timing.senderTimeoutSeconds,
        memoryMb: 512,
        environment: {
          [ENV.table]: table.tableName,
          [ENV.leaseSeconds]: String(timing.leaseSeconds),
          [ENV.providerTimeoutMs]: String(timing.providerTimeoutSeconds * 1000),
          [ENV.unknownDeadlineSeconds]: String(timing.unknownDeadlineSeconds),
          [ENV.senderRatePerSecond]: String(share),
          ...this.dueTimes,
          ...environment,
        },
      }),
      topic,
      filter: {
        [MESSAGE_ATTRIBUTE.type]: SubscriptionFilter.stringFilter({ allowlist: [NOTIFICATION_REQUESTED] }),
        [MESSAGE_ATTRIBUTE.channel]: SubscriptionFilter.stringFilter({ allowlist: [channel] }),
      },
      batchSize: sendableAtOnce(share, timing),
      maxConcurrency: senderConcurrency,
    });
    sender.allow(SENDER_TABLE_ACTIONS, [table.tableArn]);
    return sender;
  }

  /** What the e-mail provider tells about each message, back to the rows it is about. */
  private feedback(table: TableV2, { configurationSet, configurationSetArn }: Mail): Subscriber {
    const topic = new Topic(this, 'feedback', { enforceSSL: true });
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'SesPublishes',
        principals: [new ServicePrincipal('ses.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'AWS:SourceAccount': this.account, 'AWS:SourceArn': configurationSetArn } },
      }),
    );
    const destination = new CfnConfigurationSetEventDestination(this, 'events', {
      configurationSetName: configurationSet.ref,
      eventDestination: {
        enabled: true,
        matchingEventTypes: ['SEND'],
        snsDestination: { topicArn: topic.topicArn },
      },
    });
    // SES publishes a greeting when the destination is created, and fails the creation if it may not.
    destination.node.addDependency(topic);

    const feedback = new Subscriber(this, {
      ...this.functionProps(FUNCTION.recordFeedback, {
        timeoutSeconds: 10,
        memoryMb: 512,
        environment: {
          [ENV.table]: table.tableName,
          [ENV.feedMarginSeconds]: String(this.settings.email.feedMarginSeconds),
          ...this.dueTimes,
        },
      }),
      topic,
      batchSize: 10,
      maxConcurrency: 10,
    });
    feedback.function.allow(
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      [table.tableArn],
    );
    return feedback;
  }

  /** Everything that must happen later: the slow lane of the outbox, and notifications whose moment has come. */
  private wakeDue(table: TableV2, topic: Topic, mail: Mail, feedback: Subscriber): void {
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
    wakeDue.allow(['dynamodb:Query'], [dueIndexOf(table)]);
    wakeDue.allow(['sns:Publish'], [topic.topicArn]);
    wakeDue.allow(
      ['sqs:GetQueueAttributes'],
      feedQueues.map(({ queueArn }) => queueArn),
    );
    mail.allowSending(wakeDue);

    // The schedule invokes it asynchronously, so Lambda itself would repeat and hoard what it cannot run at once.
    wakeDue.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    Validations.of(wakeDue.lambda).acknowledge({
      id: 'Serverless::Serverless-LambdaAsyncFailureDestination',
      reason: 'A lost tick carries nothing: the next minute wakes what this one did not.',
    });
    const schedulerRole = new Role(this, 'scheduler-role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com'),
    });
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

  private function(name: FunctionName, props: OwnFunctionProps): ServiceFunction {
    return new ServiceFunction(this, this.functionProps(name, props));
  }

  private functionProps(name: FunctionName, props: OwnFunctionProps): ServiceFunctionProps {
    const bundle = this.bundles[name];
    if (bundle === undefined) throw new Error(`There is no folder functions/${name}.`);
    return { name, stage: this.stage, bundle, logRetentionDays: this.settings.logRetentionDays, ...props };
  }

  /** When what a commit writes is due, for every function that commits. */
  private get dueTimes(): Record<string, string> {
    const { outboxGraceSeconds, firstClaimSeconds } = this.settings.timing;
    return {
      [ENV.outboxGraceSeconds]: String(outboxGraceSeconds),
      [ENV.firstClaimSeconds]: String(firstClaimSeconds),
    };
  }

  private httpApi(handleCommand: ServiceFunction, serveQuery: ServiceFunction): HttpApi {
    const { settings } = this;
    const { jwt } = settings;
    const authorizer = new HttpJwtAuthorizer('tokens', jwt.issuer, { jwtAudience: jwt.audience });
    const api = new HttpApi(this, 'api', { description: 'Counterfoil', createDefaultStage: true });

    const commands = new HttpLambdaIntegration('commands', handleCommand.lambda);
    const queries = new HttpLambdaIntegration('queries', serveQuery.lambda);
    const route = (
      method: HttpMethod,
      path: string,
      integration: HttpLambdaIntegration,
      access: { scope: string } | 'public',
    ): void => {
      const guard: { authorizer?: IHttpRouteAuthorizer; authorizationScopes?: string[] } =
        access === 'public' ? {} : { authorizer, authorizationScopes: [`${jwt.scopePrefix}${access.scope}`] };
      api.addRoutes({ path, methods: [method], integration, ...guard });
    };
    route(HttpMethod.POST, '/orders', commands, { scope: SCOPE.ordersWrite });
    route(HttpMethod.POST, '/orders/{orderId}/items', commands, { scope: SCOPE.ordersWrite });
    route(HttpMethod.GET, '/orders/{orderId}', queries, { scope: SCOPE.ordersRead });
    route(HttpMethod.GET, '/dead-letters', queries, { scope: SCOPE.operations });
    route(HttpMethod.GET, '/openapi.json', queries, 'public');
    Validations.of(api).acknowledge({
      id: 'AwsSolutions::AwsSolutions-APIG4',
      reason: 'Only the description of the API is public; every other route asks for a token with a scope.',
    });

    const accessLog = new LogGroup(this, 'access-log', {
      retention: settings.logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    accessLog.grantWrite(new ServicePrincipal('apigateway.amazonaws.com'));
    const stage = api.defaultStage?.node.defaultChild as CfnStage;
    stage.accessLogSettings = {
      destinationArn: accessLog.logGroupArn,
      // Ids and figures only: no path parameter's value, no header, no address.
      format: JSON.stringify({
        requestId: '$context.requestId',
        routeKey: '$context.routeKey',
        status: '$context.status',
        latencyMs: '$context.responseLatency',
        error: '$context.error.message',
      }),
    };
    stage.defaultRouteSettings = {
      throttlingRateLimit: settings.api.ratePerSecond,
      throttlingBurstLimit: settings.api.burst,
    };
    return api;
  }
}
