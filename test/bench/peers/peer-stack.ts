import { type App, Duration, Stack } from 'aws-cdk-lib';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, StreamViewType, type TableV2 as Table, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ServiceFunction } from '#infra/constructs/service-function.ts';
import { OwnPool } from '#infra/constructs/tokens.ts';
import { sesOf } from '#infra/settings.ts';
import { settingsOf } from '#infra/stages.ts';
import { ENV, FUNCTION, SCOPE } from '#shared/names.ts';

/** Settings that all alternatives share with ours: the same times, sender and tokens. */
const STAGE = 'local';
const settings = settingsOf(STAGE);

export type PeerProps = {
  /** Bundle folder of each function by name, including the token trigger. */
  bundles: Record<string, string>;
  /** Attempts of the SDK for each call of the sending function. Default: the SDK's three. */
  sendAttempts?: number;
};

/**
 * The stack of an alternative, built of plain CDK constructs. Everything outside its pattern is like ours: the API with
 * its tokens, timeouts, memory, batch sizes and concurrency.
 */
export class PeerStack extends Stack {
  private readonly bundles: Record<string, string>;
  private readonly sendAttempts: number | undefined;

  constructor(scope: App, { bundles, sendAttempts }: PeerProps) {
    super(scope, 'peer', { env: { region: settings.region as string } });
    this.bundles = bundles;
    this.sendAttempts = sendAttempts;
  }

  protected table(id: string, partitionKey: string, more: { stream?: boolean; timeToLive?: string } = {}): Table {
    return new TableV2(this, id, {
      partitionKey: { name: partitionKey, type: AttributeType.STRING },
      ...(more.stream && { dynamoStream: StreamViewType.NEW_IMAGE }),
      ...(more.timeToLive && { timeToLiveAttribute: more.timeToLive }),
    });
  }

  /** A function for HTTP, with our timeout. */
  protected httpFunction(name: string, environment: Record<string, string>): LambdaFunction {
    return this.function(name, 10, environment);
  }

  /** A function that reads a stream, with our timeout. */
  protected streamFunction(name: string, environment: Record<string, string>): LambdaFunction {
    return this.function(name, 30, environment);
  }

  /**
   * A function that reads a topic's messages from a separate queue, as Lambda's guide recommends: a visibility timeout of
   * six times the function's, at least five receives before a dead letter, and failures reported one by one.
   * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
   */
  protected subscriber(name: string, topic: Topic, environment: Record<string, string>): LambdaFunction {
    const { senderTimeoutSeconds } = settings.timing;
    const subscriber = this.function(name, senderTimeoutSeconds, environment);
    const deadLetterQueue = { queue: new Queue(this, `${name}-dead-letters`), maxReceiveCount: 5 };
    const visibilityTimeout = Duration.seconds(6 * senderTimeoutSeconds);
    const queue = new Queue(this, `${name}-queue`, { visibilityTimeout, deadLetterQueue });
    topic.addSubscription(new SqsSubscription(queue, { rawMessageDelivery: true }));
    subscriber.addEventSource(
      new SqsEventSource(queue, {
        batchSize: 10,
        maxConcurrency: settings.senderConcurrency,
        reportBatchItemFailures: true,
      }),
    );
    return subscriber;
  }

  /** Lets a function send from the address that `SENDER_ADDRESS` names. */
  protected letSend(sender: LambdaFunction): void {
    sender.addEnvironment('SENDER_ADDRESS', settings.email.sender);
    if (this.sendAttempts !== undefined) sender.addEnvironment('AWS_MAX_ATTEMPTS', String(this.sendAttempts));
    const identity = this.formatArn({ service: 'ses', resource: 'identity', resourceName: sesOf(settings).identity });
    sender.addToRolePolicy(new PolicyStatement({ actions: ['ses:SendEmail'], resources: [identity] }));
  }

  /** `POST /orders` with the same tokens as ours. */
  protected api(placeOrder: LambdaFunction): void {
    const tokens = this.tokens();
    new HttpApi(this, 'api').addRoutes({
      path: '/orders',
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('place-order', placeOrder),
      authorizer: new HttpJwtAuthorizer('tokens', tokens.issuer, { jwtAudience: tokens.audience }),
      authorizationScopes: [`${tokens.scopePrefix}${SCOPE.ordersWrite}`],
    });
  }

  private tokens(): OwnPool {
    const { jwt } = settings;
    if (jwt.kind !== 'own-pool') throw new Error(`Stage ${STAGE} is to have a user pool of its own.`);
    const stage = { name: STAGE, settings, bundles: this.bundles };
    const tokenTrigger = new ServiceFunction(this, {
      stage,
      name: FUNCTION.addTenantClaim,
      timeoutSeconds: 5,
      memoryMb: 512,
      environment: {
        // Only machine clients have a row in a table, and the benchmark calls as a person of a tenant.
        [ENV.table]: 'none',
        [ENV.tenantClaim]: jwt.tenantClaim,
        [ENV.scopePrefix]: `${jwt.resourceServer}/`,
      },
    });
    return new OwnPool(this, 'tokens', { stage, jwt, tokenTrigger });
  }

  private function(name: string, timeoutSeconds: number, environment: Record<string, string>): LambdaFunction {
    const bundle = this.bundles[name];
    if (bundle === undefined) throw new Error(`There is no bundle of ${name}.`);
    // The local cloud names a function by the construct that contains it.
    const holder = new Construct(this, name);
    return new LambdaFunction(holder, 'function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundle),
      handler: 'handler.handler',
      timeout: Duration.seconds(timeoutSeconds),
      memorySize: 512,
      role: new Role(holder, 'role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
      environment: { NODE_OPTIONS: '--enable-source-maps', POWERTOOLS_SERVICE_NAME: name, ...environment },
    });
  }
}
