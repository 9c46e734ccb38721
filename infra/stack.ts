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
import { CfnConfigurationSet } from 'aws-cdk-lib/aws-ses';
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
  constructor(scope: Construct, id: string, { stage, settings, bundles }: CounterfoilProps) {
    super(scope, id, {
      env: { region: settings.region },
      description: 'Counterfoil: exactly-once processing of commands and the messages they send',
    });
    const { timing } = settings;
    const removalPolicy = settings.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    // ── What is kept ────────────────────────────────────────────────────────────────────────────
    const table = new TableV2(this, 'table', {
      partitionKey: { name: ATTRIBUTE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: ATTRIBUTE.sortKey, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: ATTRIBUTE.expiresAt,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy,
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
    const dueIndex = `${table.tableArn}/index/${INDEX.due}`;

    // Keys the hashes of request bodies: without it, a hash left after an erasure could be guessed from.
    const secret = new Secret(this, 'secret', {
      description: 'Counterfoil: key of the hashes that recognise a repeated request',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SMG4',
      reason: 'A rotated key would no longer recognise repeated requests, which are recognised at any age.',
    });

    const serviceFunction = (
      name: FunctionName,
      props: Pick<ServiceFunctionProps, 'timeoutSeconds' | 'memoryMb' | 'environment'>,
    ) =>
      ({
        name,
        stage,
        bundle: bundles[name] as string,
        logRetentionDays: settings.logRetentionDays,
        ...props,
      }) satisfies ServiceFunctionProps;

    // ── HTTP in: one transaction writes the order and what it has to say ────────────────────────
    const handleCommand = new ServiceFunction(
      this,
      serviceFunction(FUNCTION.handleCommand, {
        timeoutSeconds: 10,
        memoryMb: 512,
        environment: {
          [ENV.table]: table.tableName,
          [ENV.secret]: secret.secretArn,
          [ENV.tenantClaim]: settings.jwt.tenantClaim,
          [ENV.outboxGraceSeconds]: String(timing.outboxGraceSeconds),
          [ENV.firstClaimSeconds]: String(timing.firstClaimSeconds),
        },
      }),
    );
    handleCommand.allow(
      ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem', 'dynamodb:BatchGetItem'],
      [table.tableArn],
    );
    handleCommand.allow(['secretsmanager:GetSecretValue'], [secret.secretArn]);

    const serveQuery = new ServiceFunction(
      this,
      serviceFunction(FUNCTION.serveQuery, {
        timeoutSeconds: 10,
        memoryMb: 512,
        environment: { [ENV.table]: table.tableName, [ENV.tenantClaim]: settings.jwt.tenantClaim },
      }),
    );
    serveQuery.allow(['dynamodb:GetItem', 'dynamodb:Query'], [table.tableArn]);

    const api = this.httpApi(settings, { handleCommand, serveQuery });

    // ── Out of the outbox: the stream is the fast lane, the clock the slow one ──────────────────
    const topic = new Topic(this, 'topic', { enforceSSL: true });
    const publishing = {
      [ENV.table]: table.tableName,
      [ENV.topic]: topic.topicArn,
    };
    const recording = {
      [ENV.outboxGraceSeconds]: String(timing.outboxGraceSeconds),
      [ENV.firstClaimSeconds]: String(timing.firstClaimSeconds),
      [ENV.unknownDeadlineSeconds]: String(timing.unknownDeadlineSeconds),
    };

    const relayOutbox = new ServiceFunction(
      this,
      serviceFunction(FUNCTION.relayOutbox, { timeoutSeconds: 30, memoryMb: 512, environment: publishing }),
    );
    relayOutbox.allow(['dynamodb:UpdateItem'], [table.tableArn]);
    relayOutbox.allow(['sns:Publish'], [topic.topicArn]);
    Validations.of(relayOutbox).acknowledge({
      id: 'Serverless::Serverless-LambdaEventSourceMappingDestination',
      reason:
        'A record that could not be relayed is still due in the index, where wake-due finds it; nothing is lost with the stream record.',
    });
    relayOutbox.lambda.addEventSource(
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

    const wakeDue = new ServiceFunction(
      this,
      serviceFunction(FUNCTION.wakeDue, {
        timeoutSeconds: 60,
        memoryMb: 256,
        environment: {
          ...publishing,
          [ENV.wakeIntervalSeconds]: String(timing.wakeIntervalSeconds),
          [ENV.wakeRatePerSecond]: String(timing.wakeRatePerSecond),
          ...recording,
        },
      }),
    );
    wakeDue.allow(
      ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:PutItem', 'dynamodb:BatchGetItem'],
      [table.tableArn],
    );
    wakeDue.allow(['dynamodb:Query'], [dueIndex]);
    wakeDue.allow(['sns:Publish'], [topic.topicArn]);
    const schedulerRole = new Role(this, 'scheduler-role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com'),
    });
    new Schedule(this, 'every-minute', {
      description: 'Wakes what is due: nothing waits without something that wakes it',
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      // The next minute comes anyway; a late retry of this one would only run beside it.
      target: new LambdaInvoke(wakeDue.lambda, { retryAttempts: 0, role: schedulerRole }),
    });
    Validations.of(schedulerRole).acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::<${this.resolve((wakeDue.lambda.node.defaultChild as CfnFunction).logicalId)}.Arn>:*]`,
      reason: 'The scheduler invokes any version of this one function.',
    });

    // ── To the providers: one subscriber a channel ──────────────────────────────────────────────
    const configurationSet = new CfnConfigurationSet(this, 'mail', {
      // Suppression is ours, per tenant; the account's list would leak between tenants.
      suppressionOptions: { suppressedReasons: [] },
      reputationOptions: { reputationMetricsEnabled: true },
      sendingOptions: { sendingEnabled: true },
    });
    const sending = {
      [ENV.table]: table.tableName,
      [ENV.leaseSeconds]: String(timing.leaseSeconds),
      [ENV.providerTimeoutMs]: String(timing.providerTimeoutSeconds * 1000),
      ...recording,
    };
    const sender = (name: FunctionName, channel: Channel, environment: Record<string, string>) =>
      new Subscriber(this, {
        ...serviceFunction(name, {
          timeoutSeconds: timing.senderTimeoutSeconds,
          memoryMb: 512,
          environment: { ...sending, ...environment },
        }),
        topic,
        filter: {
          [MESSAGE_ATTRIBUTE.type]: SubscriptionFilter.stringFilter({ allowlist: [NOTIFICATION_REQUESTED] }),
          [MESSAGE_ATTRIBUTE.channel]: SubscriptionFilter.stringFilter({ allowlist: [channel] }),
        },
        batchSize: 10,
        maxConcurrency: settings.senderConcurrency,
      });

    const sendEmail = sender(FUNCTION.sendEmail, 'email', {
      [ENV.sender]: settings.email.sender,
      [ENV.configurationSet]: configurationSet.ref,
    });
    sendEmail.function.allow(SENDER_TABLE_ACTIONS, [table.tableArn]);
    // SES checks both; `grantSendEmail` forgets the configuration set (aws-cdk #34402).
    sendEmail.function.allow(
      ['ses:SendEmail'],
      [
        this.formatArn({ service: 'ses', resource: 'identity', resourceName: settings.email.identity }),
        this.formatArn({ service: 'ses', resource: 'configuration-set', resourceName: configurationSet.ref }),
      ],
    );

    const sendSms = sender(FUNCTION.sendSms, 'sms', {});
    sendSms.function.allow(SENDER_TABLE_ACTIONS, [table.tableArn]);
    // A phone number has no ARN; "everything but topics" is how a text message alone is allowed.
    sendSms.function.role.addToPolicy(
      new PolicyStatement({ effect: Effect.ALLOW, actions: ['sns:Publish'], notResources: ['arn:*:sns:*:*:*'] }),
    );

    new CfnOutput(this, 'apiUrl', { value: api.apiEndpoint });
    new CfnOutput(this, 'tableName', { value: table.tableName });
    new CfnOutput(this, 'topicArn', { value: topic.topicArn });
  }

  private httpApi(
    settings: StageSettings,
    { handleCommand, serveQuery }: Record<'handleCommand' | 'serveQuery', ServiceFunction>,
  ): HttpApi {
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
