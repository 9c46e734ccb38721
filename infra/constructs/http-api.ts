import { Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  type CfnRoute,
  type CfnStage,
  CorsHttpMethod,
  HttpApi,
  type HttpApiProps,
  HttpMethod,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Alias } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { RouteContract } from '#shared/http/route.ts';
import { ApiDomain } from './api-domain.ts';
import { apiBrake, brakeOf, hasCanary } from './canary.ts';
import { pageOriginsOf } from './console-origin.ts';
import { ABOVE, type AlarmRow, type Graph, labelled, type Monitored, minutes, REPEATED } from './monitoring.ts';
import { ServiceFunction, type ServiceFunctionProps } from './service-function.ts';
import { ServiceLog } from './service-log.ts';
import type { Stage } from './stage.ts';
import type { Tokens } from './tokens.ts';

/**
 * A function that answers HTTP. The API invokes it through its alias, so that a stage can move requests to a new version
 * in steps (decision 51).
 */
export abstract class HttpFunction extends ServiceFunction {
  /** Id of API Gateway's integration. */
  abstract readonly integration: string;
  abstract readonly routes: readonly Pick<RouteContract, 'method' | 'path' | 'scope' | 'waits'>[];
  /** The limit of each of its routes that requires no token. */
  readonly publicLimit: RouteLimit = PUBLIC_LIMIT;
  /** The version that answers. */
  readonly live: Alias;
  protected readonly stage: Stage;

  constructor(scope: Construct, props: ServiceFunctionProps) {
    super(scope, props);
    this.stage = props.stage;
    // The CDK publishes a version for each change of code or configuration. The release is a part of the configuration.
    this.live = new Alias(this, 'live', { aliasName: 'live', version: this.lambda.currentVersion });
  }

  override alarms(): AlarmRow[] {
    const rows = super.alarms();
    return hasCanary(this.stage) ? [...rows, brakeOf(this.name, this.live)] : rows;
  }
}

type RouteLimit = { ratePerSecond: number; burst: number };

/**
 * API Gateway's limit for a route without a token, which anyone who finds the address may call. Requests in progress
 * = rate × duration, plus the burst. One request a second with a cold start of half a second is half a request in
 * progress; a burst is two for a moment. (A warm answer takes milliseconds.) A new account runs ten functions at once,
 * so the rest is left to callers with a token (decision 28).
 */
const PUBLIC_LIMIT: RouteLimit = { ratePerSecond: 1, burst: 2 };

/**
 * The limit for a route whose answer waits for two and a half seconds: a tenant that repeats such a request keeps three
 * functions waiting (decision 43).
 */
const WAITING_LIMIT: RouteLimit = { ratePerSecond: 1, burst: 5 };

type LimitedRoute = { route: CfnRoute; limit: RouteLimit };

/**
 * Lets web pages of the stage's origins call the API. API Gateway answers the preflight requests itself, without a
 * function.
 */
function corsOf(stage: Stage): Pick<HttpApiProps, 'corsPreflight'> {
  const allowOrigins = pageOriginsOf(stage);
  if (allowOrigins.length === 0) return {};
  return {
    corsPreflight: {
      allowOrigins,
      allowMethods: [
        CorsHttpMethod.GET,
        CorsHttpMethod.POST,
        CorsHttpMethod.PUT,
        CorsHttpMethod.PATCH,
        CorsHttpMethod.DELETE,
      ],
      allowHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-match', 'x-correlation-id'],
      exposeHeaders: ['etag', 'idempotency-replayed', 'location', 'retry-after', 'x-correlation-id'],
      // Browsers keep an answer for two hours at most. Each preflight request is paid like any other.
      maxAge: Duration.hours(2),
    },
  };
}

/** The HTTP API: the routes of all functions that answer HTTP and that the stack has at this moment. */
export class CounterfoilApi extends Construct implements Monitored {
  /** Where the API is reached. */
  readonly url: string;
  private readonly api: HttpApi;
  private readonly stage: Stage;

  constructor(scope: Construct, id: string, { stage, tokens }: { stage: Stage; tokens: Tokens }) {
    super(scope, id);
    this.stage = stage;
    this.api = new HttpApi(this, 'http-api', {
      description: `Counterfoil ${stage.name}`,
      createDefaultStage: true,
      ...corsOf(stage),
    });
    const { domain } = stage.settings.api;
    if (domain) new ApiDomain(this, 'domain', { api: this.api, domain });
    this.url = domain ? `https://${domain.name}` : this.api.apiEndpoint;
    const authorizer = new HttpJwtAuthorizer('tokens', tokens.issuer, { jwtAudience: tokens.audience });
    const functions = Stack.of(this)
      .node.findAll()
      .filter((construct) => construct instanceof HttpFunction);
    this.limitsAndLog(
      stage,
      functions.flatMap((one) => this.routes(one, authorizer, tokens)),
    );
    Validations.of(this.api).acknowledge({
      id: 'AwsSolutions::AwsSolutions-APIG4',
      reason:
        'Public are the description of the API and, with an e-mail provider outside AWS, the route for its signed events. Every other route requires a token with a scope.',
    });
  }

  /** @returns the routes with a limit of their own: those that require no token, and those that wait. */
  private routes(
    { integration: id, live, routes, publicLimit }: HttpFunction,
    authorizer: HttpJwtAuthorizer,
    { scopePrefix }: Tokens,
  ): LimitedRoute[] {
    // One permission for all routes of a function: with one for each route, the stack would exceed 500 resources.
    const integration = new HttpLambdaIntegration(id, live, { scopePermissionToRoute: false });
    return routes.flatMap(({ method, path, scope, waits }) => {
      const guard = scope && { authorizer, authorizationScopes: [`${scopePrefix}${scope}`] };
      const added = this.api.addRoutes({ path, methods: [HttpMethod[method]], integration, ...guard });
      const limit = scope ? waits && WAITING_LIMIT : publicLimit;
      return limit ? added.map(({ node }) => ({ route: node.defaultChild as CfnRoute, limit })) : [];
    });
  }

  private limitsAndLog(stage: Stage, limited: readonly LimitedRoute[]): void {
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
    const limitsOf = ({ ratePerSecond, burst }: RouteLimit) => ({
      ThrottlingRateLimit: ratePerSecond,
      ThrottlingBurstLimit: burst,
      DetailedMetricsEnabled: true,
    });
    deployed.routeSettings = Object.fromEntries(
      limited.map(({ route: { routeKey }, limit }) => [routeKey, limitsOf(limit)]),
    );
    // API Gateway refuses settings of a route that does not exist yet.
    for (const { route } of limited) deployed.addResourceDependency(route);
  }

  alarms(): AlarmRow[] {
    const { serverErrorPercent, clientErrorPercent, latency } = this.figures;
    return [
      {
        id: 'api-errors',
        step: 'api',
        metric: serverErrorPercent,
        readings: REPEATED,
        means:
          'At least one request in a hundred ends with a 5xx. These clients do not know whether their order was accepted.',
        first: 'Find the function that fails. A repeated request with the same key is safe.',
        runbook: 'api-errors',
      },
      ...(hasCanary(this.stage) ? [apiBrake(this.serverErrorPercent(minutes(1)))] : []),
      {
        // Half of all callers cannot be wrong at the same time. The cause is then in the tokens, the scopes, the list
        // of clients or our own limits.
        id: 'api-refused',
        step: 'api',
        metric: clientErrorPercent,
        comparison: ABOVE,
        threshold: 50,
        readings: [3, 3],
        means: 'More than half of all requests are refused with a 4xx. With 401, 403 or 429, customers have no access.',
        first: 'Count the access log by status and route.',
        runbook: 'api-refused',
      },
      {
        // A cold start with its first commit takes less. After five seconds, the executor itself gives up with 503.
        id: 'api-slow',
        step: 'api',
        metric: latency(Stats.percentile(99)),
        threshold: 3000,
        readings: [3, 3],
        means:
          'One request in a hundred takes three seconds or more. Customers wait, and their clients begin to repeat requests.',
        first: 'Compare the latency by route with throttling of the table and with cold starts.',
        runbook: 'api-slow',
      },
    ];
  }

  panel(): Graph[] {
    const { requests, serverErrorPercent, clientErrorPercent, latency } = this.figures;
    const [median, slow] = [latency(Stats.percentile(50)), latency(Stats.percentile(99))];
    return [
      { step: 'api', title: 'Requests', metrics: [requests] },
      { step: 'api', title: 'Refused and failed', metrics: [serverErrorPercent, clientErrorPercent], unit: '%' },
      { step: 'api', title: 'Latency', metrics: [labelled(median, 'p50'), labelled(slow, 'p99')], unit: 'ms' },
    ];
  }

  /** `AWS/ApiGateway`, dimension `ApiId`: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
  private get figures() {
    const metric = (metricName: string, statistic: string): Metric => this.metric(metricName, statistic, minutes(5));
    const requests = metric('Count', Stats.SAMPLE_COUNT);
    const clientErrors = metric('4xx', Stats.SUM);
    return {
      requests,
      serverErrorPercent: this.serverErrorPercent(minutes(5)),
      clientErrorPercent: new MathExpression({
        // The percentage of a few requests says nothing about other callers.
        expression: 'IF(requests >= 20, 100 * clientErrors / requests, 0)',
        usingMetrics: { clientErrors, requests },
        label: '4xx, percent of at least 20 requests',
        period: minutes(5),
      }),
      latency: (statistic: string) => metric('Latency', statistic),
    };
  }

  private serverErrorPercent(period: Duration): MathExpression {
    const usingMetrics = {
      serverErrors: this.metric('5xx', Stats.SUM, period),
      requests: this.metric('Count', Stats.SAMPLE_COUNT, period),
    };
    return new MathExpression({
      expression: '100 * serverErrors / requests',
      usingMetrics,
      label: '5xx, percent of requests',
      period,
    });
  }

  private metric(metricName: string, statistic: string, period: Duration): Metric {
    const dimensionsMap = { ApiId: this.api.apiId };
    return new Metric({ namespace: 'AWS/ApiGateway', metricName, dimensionsMap, statistic, period });
  }
}
