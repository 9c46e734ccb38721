import { Stack, Validations } from 'aws-cdk-lib';
import { type CfnRoute, type CfnStage, HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { SCOPE } from '#shared/names.ts';
import type { ServiceFunction } from './service-function.ts';
import { ServiceLog } from './service-log.ts';
import type { Stage } from './stage.ts';
import type { Tokens } from './tokens.ts';

export type CounterfoilApiProps = {
  stage: Stage;
  tokens: Tokens;
  handleCommand: ServiceFunction;
  serveQuery: ServiceFunction;
};

/**
 * API Gateway's limit for the route without a token, which anyone who finds the address may call. Requests in progress
 * = rate × duration, plus the burst. One request a second with a cold start of half a second is half a request in
 * progress; a burst is two for a moment. (A warm answer takes milliseconds.) A new account runs ten functions at once,
 * so the rest is left to callers with a token (decision 28).
 */
const PUBLIC_LIMIT = { ratePerSecond: 1, burst: 2 };

/** The HTTP API. Every route requires a token with the route's scope, except the description of the API. */
export class CounterfoilApi extends Construct {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, props: CounterfoilApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'http-api', {
      description: `Counterfoil ${props.stage.name}`,
      createDefaultStage: true,
    });
    const publicRoute = this.routes(props);
    this.limitsAndLog(props.stage, publicRoute);
    Validations.of(this.api).acknowledge({
      id: 'AwsSolutions::AwsSolutions-APIG4',
      reason: 'Only the description of the API is public; every other route asks for a token with a scope.',
    });
  }

  /** @returns the route that requires no token. */
  private routes({ tokens, handleCommand, serveQuery }: CounterfoilApiProps): CfnRoute {
    const authorizer = new HttpJwtAuthorizer('tokens', tokens.issuer, { jwtAudience: tokens.audience });
    const commands = new HttpLambdaIntegration('commands', handleCommand.lambda);
    const queries = new HttpLambdaIntegration('queries', serveQuery.lambda);
    const guarded = (method: HttpMethod, path: string, integration: HttpLambdaIntegration, scope: string): void => {
      const authorizationScopes = [`${tokens.scopePrefix}${scope}`];
      this.api.addRoutes({ path, methods: [method], integration, authorizer, authorizationScopes });
    };
    guarded(HttpMethod.POST, '/orders', commands, SCOPE.ordersWrite);
    guarded(HttpMethod.POST, '/orders/{orderId}/items', commands, SCOPE.ordersWrite);
    guarded(HttpMethod.GET, '/orders/{orderId}', queries, SCOPE.ordersRead);
    guarded(HttpMethod.POST, '/notifications', commands, SCOPE.messagesWrite);
    guarded(HttpMethod.POST, '/notifications/{notificationId}/resolve', commands, SCOPE.messagesWrite);
    guarded(HttpMethod.GET, '/notifications', queries, SCOPE.messagesRead);
    guarded(HttpMethod.GET, '/notifications/statistics', queries, SCOPE.messagesRead);
    guarded(HttpMethod.GET, '/notifications/{notificationId}', queries, SCOPE.messagesRead);
    guarded(HttpMethod.POST, '/suppressions', commands, SCOPE.messagesWrite);
    guarded(HttpMethod.GET, '/suppressions', queries, SCOPE.messagesRead);
    guarded(HttpMethod.DELETE, '/suppressions', commands, SCOPE.messagesWrite);
    guarded(HttpMethod.DELETE, '/customers/{customerId}/personal-data', commands, SCOPE.messagesWrite);
    guarded(HttpMethod.DELETE, '/personal-data', commands, SCOPE.messagesWrite);
    guarded(HttpMethod.GET, '/erasures/{erasureId}', queries, SCOPE.messagesRead);
    guarded(HttpMethod.POST, '/attachments', commands, SCOPE.messagesWrite);
    guarded(HttpMethod.GET, '/dead-letters', queries, SCOPE.operations);
    const [description] = this.api.addRoutes({
      path: '/openapi.json',
      methods: [HttpMethod.GET],
      integration: queries,
    });
    return description?.node.defaultChild as CfnRoute;
  }

  private limitsAndLog(stage: Stage, publicRoute: CfnRoute): void {
    const deployed = this.api.defaultStage?.node.defaultChild as CfnStage;
    // API Gateway adds an entry to the account's log policy, whose size is limited. All log groups with this prefix
    // share one entry.
    const name = `/aws/vendedlogs/${Stack.of(this).stackName}/api`;
    const accessLog = new ServiceLog(this, 'access-log', { stage, name });
    deployed.accessLogSettings = {
      destinationArn: accessLog.logGroupArn,
      // Only ids and figures: no values of path parameters, no headers, no addresses.
      format: JSON.stringify({
        requestId: '$context.requestId',
        routeKey: '$context.routeKey',
        status: '$context.status',
        latencyMs: '$context.responseLatency',
        error: '$context.error.message',
      }),
    };
    deployed.defaultRouteSettings = {
      throttlingRateLimit: stage.settings.api.ratePerSecond,
      throttlingBurstLimit: stage.settings.api.burst,
      // Metrics per route, so that a person can distinguish a failing command from a failing query.
      detailedMetricsEnabled: true,
    };
    // The keys are CloudFormation's, because the CDK does not translate a map by route key. An entry replaces all
    // default settings of its route.
    deployed.routeSettings = {
      [publicRoute.routeKey]: {
        ThrottlingRateLimit: PUBLIC_LIMIT.ratePerSecond,
        ThrottlingBurstLimit: PUBLIC_LIMIT.burst,
        DetailedMetricsEnabled: true,
      },
    };
    // API Gateway refuses settings of a route that does not exist yet.
    deployed.addResourceDependency(publicRoute);
  }
}
