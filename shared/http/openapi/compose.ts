import { toJsonSchemaDefs } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import type { Parameter, RouteContract } from '#shared/http/route.ts';
import {
  commandFailures,
  commandParameters,
  echo,
  HEADERS,
  header,
  PARAMETERS,
  parameter,
  publicFailures,
  questionFailures,
  RESPONSES,
  readFailures,
  replayed,
  response,
} from './components.ts';
import { faultSchema, gatewayMessageSchema, problemSchema } from './problem-schemas.ts';
import { type Json, reference } from './reference.ts';
import { schemaOf, WRITING } from './schema.ts';

/** Schemas by their names in the document, each with JSON Schema keywords that the generator cannot derive. */
export type NamedSchemas = Readonly<Record<string, { schema: v.GenericSchema } & Json>>;

export type Described = {
  title: string;
  description: string;
  tags: readonly string[];
  routes: readonly RouteContract[];
  schemas: NamedSchemas;
};

/** Schemas of every API. */
const PROBLEM_SCHEMAS: NamedSchemas = {
  Problem: { schema: problemSchema, description: 'RFC 9457.' },
  Fault: {
    schema: faultSchema,
    description: '`path` is a JSON pointer into the body, or `/` and the name of a query parameter.',
  },
  GatewayMessage: { schema: gatewayMessageSchema },
};

const TOKEN = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description:
    'An access token of the stage. Its tenant claim names the tenant whose data it gives access to. Its scopes may have a prefix of the stage.',
};

/**
 * The OpenAPI 3.1 document of these routes.
 * @throws Error if a body or an answer has no name, or a parameter of a path is not described.
 */
export function openApiDocument({ title, description, tags, routes, schemas: own }: Described): Json {
  const schemas = { ...own, ...PROBLEM_SCHEMAS };
  const names = new Map(Object.entries(schemas).map(([name, { schema }]) => [schema, name]));
  return {
    openapi: '3.1.0',
    info: { title, version: '1', description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    tags: tags.map((name) => ({ name })),
    paths: pathsOf(routes, names),
    components: {
      schemas: schemaComponents(schemas),
      parameters: { ...PARAMETERS, ...parameterComponents(routes) },
      headers: HEADERS,
      responses: RESPONSES,
      securitySchemes: { token: TOKEN },
    },
  };
}

type Names = ReadonlyMap<v.GenericSchema, string>;

function pathsOf(routes: readonly RouteContract[], names: Names): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const parameters = pathParametersOf(route).map(parameterOf);
    paths[route.path] = {
      ...paths[route.path],
      ...(parameters.length > 0 && { parameters }),
      [route.method.toLowerCase()]: operationOf(route, names),
    };
  }
  return paths;
}

function pathParametersOf({ path, parameters = [] }: RouteContract): readonly Parameter[] {
  const described = parameters.filter((one) => one.in === 'path');
  const inPath = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name);
  if (inPath.join() !== described.map(({ name }) => name).join())
    throw new Error(`${path} does not describe exactly the parameters in it.`);
  return described;
}

function operationOf(route: RouteContract, names: Names): Json {
  const { operationId, tag, summary, description, scope, body } = route;
  const query = (route.parameters ?? []).filter((one) => one.in === 'query').map(parameterOf);
  const parameters = [...query, ...headersOf(route)];
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: scope === undefined ? [] : [{ token: [scope] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: named(body.schema, names), example: body.example } },
      },
    }),
    responses: responsesOf(route, names),
  };
}

function headersOf({ scope, body, isConditional, isQuestion }: RouteContract): Json[] {
  if (body && !isQuestion) return isConditional ? [...commandParameters, parameter('IfMatch')] : commandParameters;
  return scope === undefined ? [] : [parameter('CorrelationId')];
}

function responsesOf(route: RouteContract, names: Names): Json {
  const { body, answer, answerOfDryRun, isConditional, isQuestion, failures = [] } = route;
  const standard = standardFailuresOf(route);
  const own = { 400: response('BadRequest'), 404: response('NotFound') };
  return {
    [answer.status]: {
      description: answer.description,
      headers: {
        ...echo,
        ...(body && !isQuestion && replayed),
        ...(answer.hasLocation && { Location: header('Location') }),
        ...(answer.hasETag && { ETag: header('ETag') }),
      },
      content: { 'application/json': { schema: answer.schema ? named(answer.schema, names) : { type: 'object' } } },
    },
    ...(answerOfDryRun && {
      [answerOfDryRun.status]: {
        description: answerOfDryRun.description,
        headers: echo,
        content: { 'application/json': { schema: named(answerOfDryRun.schema, names) } },
      },
    }),
    ...Object.fromEntries(failures.map((status) => [status, own[status]])),
    ...standard,
    ...(isConditional && { 412: response('PreconditionFailed') }),
  };
}

function standardFailuresOf({ scope, body, isQuestion }: RouteContract): Json {
  if (body) return isQuestion ? questionFailures : commandFailures;
  return scope === undefined ? publicFailures : readFailures;
}

function named(schema: v.GenericSchema, names: Names): Json {
  const name = names.get(schema);
  if (name === undefined) throw new Error('A body or an answer has no name in the OpenAPI document.');
  return reference('schemas', name);
}

function parameterOf(one: Parameter): Json {
  if (one.component !== undefined) return reference('parameters', one.component);
  const { schema, ...rest } = one;
  return { ...rest, schema: isValibot(schema) ? schemaOf(schema) : schema };
}

const isValibot = (schema: Parameter['schema']): schema is v.GenericSchema => 'kind' in schema;

const parameterComponents = (routes: readonly RouteContract[]): Json =>
  Object.fromEntries(
    routes
      .flatMap(({ parameters = [] }) => parameters)
      .flatMap(({ component, ...one }) => (component === undefined ? [] : [[component, parameterOf(one)]])),
  );

/** A schema that contains another named one refers to it. */
function schemaComponents(schemas: NamedSchemas): Json {
  const byName = Object.fromEntries(Object.entries(schemas).map(([name, { schema }]) => [name, schema]));
  const definitions = toJsonSchemaDefs(byName, WRITING);
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { schema: _schema, ...keywords }]) => [
      name,
      { ...definitions[name], ...keywords },
    ]),
  );
}
