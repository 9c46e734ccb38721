import { Stack, Validations } from 'aws-cdk-lib';
import { type CfnRoute, type CfnStage, HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import type { RouteContract } from '#shared/http/route.ts';
import type { ServiceFunction } from './service-function.ts';
import { ServiceLog } from './service-log.ts';
import type { Stage } from './stage.ts';
import type { Tokens } from './tokens.ts';

export type CounterfoilApiProps = {
  stage: Stage;
  tokens: Tokens;
  served: readonly ServedRoutes[];
};

/** A function and the routes that it serves. */
export type ServedRoutes = {
  /** The integration's id. It is part of the logical ids of permissions. */
  id: string;
  by: ServiceFunction;
  routes: readonly Pick<RouteContract, 'method' | 'path' | 'scope'>[];
};

/**
 * API Gateway's limit for a route without a token, which anyone who finds the address may call. Requests in progress
 * = rate × duration, plus the burst. One request a second with a cold start of half a second is half a request in
 * progress; a burst is two for a moment. (A warm answer takes milliseconds.) A new account runs ten functions at once,
 * so the rest is left to callers with a token (decision 28).
 */
const PUBLIC_LIMIT = { ratePerSecond: 1, burst: 2 };

/** The HTTP API. Every route requires a token with the route's scope, except public routes, which have none. */
export class CounterfoilApi extends Construct {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, props: CounterfoilApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'http-api', {
      description: `Counterfoil ${props.stage.name}`,
      createDefaultStage: true,
    });
    this.limitsAndLog(props.stage, this.routes(props));
    Validations.of(this.api).acknowledge({
      id: 'AwsSolutions::AwsSolutions-APIG4',
      reason: 'Only the description of the API is public; every other route asks for a token with a scope.',
    });
  }

  /** @returns the routes that require no token. */
  private routes({ tokens, served }: CounterfoilApiProps): CfnRoute[] {
    const authorizer = new HttpJwtAuthorizer('tokens', tokens.issuer, { jwtAudience: tokens.audience });
    return served.flatMap(({ id, by, routes }) => {
      const integration = new HttpLambdaIntegration(id, by.lambda);
      return routes.flatMap(({ method, path, scope }) => {
        const guard = scope && { authorizer, authorizationScopes: [`${tokens.scopePrefix}${scope}`] };
        const added = this.api.addRoutes({ path, methods: [HttpMethod[method]], integration, ...guard });
        return scope ? [] : added.map(({ node }) => node.defaultChild as CfnRoute);
      });
    });
  }

  private limitsAndLog(stage: Stage, publicRoutes: readonly CfnRoute[]): void {
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
    const publicLimits = {
      ThrottlingRateLimit: PUBLIC_LIMIT.ratePerSecond,
      ThrottlingBurstLimit: PUBLIC_LIMIT.burst,
      DetailedMetricsEnabled: true,
    };
    deployed.routeSettings = Object.fromEntries(publicRoutes.map(({ routeKey }) => [routeKey, publicLimits]));
    // API Gateway refuses settings of a route that does not exist yet.
    for (const route of publicRoutes) deployed.addResourceDependency(route);
  }
}
