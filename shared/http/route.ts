import middy from '@middy/core';
import type * as v from 'valibot';
import type { Log, Randomness } from '#shared/messaging/system.ts';
import type { Scope } from '#shared/names.ts';
import type { TenantRate } from '#shared/once/tenant-rate.ts';
import type { Call } from './command.ts';
import type { Correlated } from './correlation.ts';
import type { HttpEvent, HttpFunction, HttpResponse, Reply } from './event.ts';
import { asHttpFunction, httpFunction } from './http-function.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { ifMatch } from './if-match.ts';
import { FIELD_FAULTS, QUERY_FAULTS } from './input/fault-texts.ts';
import { type AnySchema, jsonBody, type WithBody } from './json-body.ts';
import { queryParameters, type WithQuery } from './query-parameters.ts';
import { type OfTenant, tenant, tenantLimit, wholeStage } from './tenant.ts';

export type HttpSettings = {
  /** The claim of the token that names the tenant. */
  tenantClaim: string;
  /** The rate of each tenant. Absent: a tenant may use the whole rate of the stage. */
  tenantRate?: TenantRate;
};

/** The tenant of a request, and its rate. */
const ofTenant = ({ tenantClaim, tenantRate }: HttpSettings) => [
  tenant({ claim: tenantClaim }),
  ...(tenantRate ? [tenantLimit({ rate: tenantRate })] : []),
];

/** A parameter of a path or a query. Several routes may refer to one with a component's name. */
export type Parameter = {
  /** Name of the component in the OpenAPI document. Without it, the operation contains the parameter. */
  component?: string;
  name: string;
  in: 'path' | 'query';
  required?: boolean;
  description?: string;
  schema: AnySchema | Readonly<Record<string, unknown>>;
};

/** A parameter of a path that several routes may have: `OrderId` describes `{orderId}`. */
export const pathParameter = (component: string, pattern: RegExp): Parameter => ({
  component,
  name: component.charAt(0).toLowerCase() + component.slice(1),
  in: 'path',
  required: true,
  schema: { type: 'string', pattern: pattern.source },
});

/** An optional parameter of a query. */
export const queryParameter = (name: string, schema: Parameter['schema'], description: string): Parameter => ({
  name,
  in: 'query',
  required: false,
  description,
  schema,
});

/** What callers may rely on. API Gateway's route, the OpenAPI document and the reference page are derived from it. */
export type RouteContract = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: `/${string}`;
  /** The scope that a token needs. A route without a scope is public, and has a low limit of its own. */
  scope?: Scope;
  operationId: string;
  tag: string;
  summary: string;
  description?: string;
  parameters?: readonly Parameter[];
  body?: { schema: AnySchema; maximumBytes: number; example: unknown };
  /** The answer to a request that succeeds. Without a schema, it is any JSON object. */
  answer: { status: number; description: string; schema?: AnySchema; hasLocation?: true; hasETag?: true };
  /** What it answers if the body asks for something that is not kept. */
  answerOfDryRun?: { status: number; description: string; schema: AnySchema };
  /** A command that accepts `If-Match`. */
  isConditional?: true;
  /** Its answer waits for seconds. So it has a low limit of its own, and few functions wait at the same time. */
  waits?: true;
  /** A request with a body that changes nothing, so that it needs no Idempotency-Key. */
  isQuestion?: true;
  /** Failures in addition to those of every route with or without a body. */
  failures?: readonly (400 | 404)[];
};

/** An entry of the route table: the contract, and the function that keeps it once it has its ports. */
export type Route<Ports> = RouteContract & {
  serve: (ports: Ports, settings: HttpSettings) => HttpFunction;
};

type Handle<Event, Ports> = (event: Event, ports: Ports) => Promise<Reply>;

/** A success gets the status of the contract, so what is described and what is answered cannot differ. */
const responseTo =
  <Event, Ports>({ answer }: Pick<RouteContract, 'answer'>, handle: Handle<Event, Ports>, ports: Ports) =>
  async (event: Event): Promise<HttpResponse> => {
    const reply = await handle(event, ports);
    return { ...reply, statusCode: reply.statusCode ?? answer.status };
  };

type CommandRoute<Schema extends AnySchema, Ports> = Omit<RouteContract, 'method' | 'scope' | 'body'> & {
  /** Absent: POST. */
  method?: 'PUT' | 'PATCH';
  scope: Scope;
  body: {
    schema: Schema;
    /** The schema that validates, if it needs a port such as the clock. It describes the same bodies as `schema`. */
    schemaWith?: (ports: Ports) => Schema;
    maximumBytes: number;
    example: unknown;
  };
  /** A command of operators about the stage. Its tenant is empty, whatever tenant the token names. */
  isOfStage?: true;
  handle: Handle<Call<v.InferOutput<Schema>>, Ports>;
};

/**
 * A command of a tenant, or of operators: a POST, PUT or PATCH with an Idempotency-Key and a valid JSON body.
 */
export function commandRoute<Schema extends AnySchema, Ports>(route: CommandRoute<Schema, Ports>): Route<Ports> {
  const { handle, isOfStage, ...contract } = route;
  const { schema, schemaWith, maximumBytes } = route.body;
  return {
    ...contract,
    method: route.method ?? 'POST',
    serve: (ports, settings) =>
      asHttpFunction(
        middy(responseTo(contract, handle, ports)).use([
          ...(isOfStage ? [wholeStage()] : ofTenant(settings)),
          idempotencyKey(),
          ...(route.isConditional ? [ifMatch()] : []),
          jsonBody({ schema: schemaWith?.(ports) ?? schema, texts: FIELD_FAULTS, maximumBytes }),
        ]),
      ),
  };
}

/** A request as the handler of `requestRoute` sees it. */
export type TenantRequest = HttpEvent & Correlated & OfTenant;

type Queried<Schema> = Schema extends AnySchema ? WithQuery<v.InferOutput<Schema>> : unknown;

type RequestRoute<Schema extends AnySchema | undefined, Ports> = Omit<RouteContract, 'scope' | 'body'> & {
  scope: Scope;
  /** Validates the query before the handler sees it. */
  query?: Schema;
  handle: Handle<TenantRequest & Queried<Schema>, Ports>;
};

/**
 * A request of a tenant without a body. It has no Idempotency-Key, because repeating it has the same effect as sending
 * it once.
 */
export function requestRoute<Ports, Schema extends AnySchema | undefined = undefined>(
  route: RequestRoute<Schema, Ports>,
): Route<Ports> {
  const { handle, query, ...contract } = route;
  return {
    ...contract,
    serve: (ports, settings) =>
      asHttpFunction(
        middy(responseTo(contract, handle, ports)).use([
          ...ofTenant(settings),
          ...(query ? [queryParameters({ schema: query, texts: QUERY_FAULTS })] : []),
        ]),
      ),
  };
}

type QuestionRoute<Schema extends AnySchema, Ports> = Omit<
  RouteContract,
  'method' | 'scope' | 'body' | 'isQuestion'
> & {
  scope: Scope;
  body: { schema: Schema; maximumBytes: number; example: unknown };
  handle: Handle<TenantRequest & WithBody<v.InferOutput<Schema>>, Ports>;
};

/** A question of a tenant that is too long for a query: a POST with a valid JSON body, which changes nothing. */
export function questionRoute<Schema extends AnySchema, Ports>(route: QuestionRoute<Schema, Ports>): Route<Ports> {
  const { handle, ...contract } = route;
  const { schema, maximumBytes } = route.body;
  return {
    ...contract,
    method: 'POST',
    isQuestion: true,
    serve: (ports, settings) =>
      asHttpFunction(
        middy(responseTo(contract, handle, ports)).use([
          ...ofTenant(settings),
          jsonBody({ schema, texts: FIELD_FAULTS, maximumBytes }),
        ]),
      ),
  };
}

/**
 * A request about the stage and not about a tenant: for operators if it has a scope, and else public.
 */
export function stageRoute<Ports>(
  route: Omit<RouteContract, 'body'> & { handle: Handle<HttpEvent & Correlated, Ports> },
): Route<Ports> {
  const { handle, ...contract } = route;
  // `httpFunction` has added the correlation id to the event.
  return { ...contract, serve: (ports) => asHttpFunction(responseTo(contract, handle, ports)) };
}

/** The ports that all of these routes need together. */
export type PortsOf<Routes> = (Routes extends Route<infer Ports> ? (ports: Ports) => void : never) extends (
  ports: infer All,
) => void
  ? All
  : never;

/**
 * Routes of several concepts as one table, for the function that serves them.
 */
export function routeTable<Ports>(concepts: readonly (readonly Route<Ports>[])[]): readonly Route<Ports>[] {
  return concepts.flat();
}

/** The key of a route at API Gateway: `POST /orders/{orderId}/items`. */
export const routeKeyOf = ({ method, path }: RouteContract): string => `${method} ${path}`;

/** The Lambda function behind these routes. */
export function serveRoutes<Ports>(
  routes: readonly Route<Ports>[],
  ports: Ports & { random: Randomness; log: Log },
  settings: HttpSettings,
): HttpFunction {
  const served = routes.map((route) => [routeKeyOf(route), route.serve(ports, settings)]);
  return httpFunction({ routes: Object.fromEntries(served), random: ports.random, log: ports.log });
}
