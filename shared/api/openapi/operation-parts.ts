import type * as v from 'valibot';
import { parameter, response } from './components.ts';
import { type Json, reference } from './reference.ts';
import { schemaOf } from './schemas.ts';

/** What a read can fail with, by status. */
export const readFailures = {
  401: response('Unauthorized'),
  403: response('Forbidden'),
  429: response('TooManyRequests'),
  500: response('Unexpected'),
  503: response('Unavailable'),
};

/** What a command can fail with, by status. */
export const commandFailures = {
  ...readFailures,
  400: response('BadRequest'),
  409: response('Refused'),
  413: response('TooLarge'),
  415: response('UnsupportedMediaType'),
  422: response('Unprocessable'),
};

/** What every command takes. */
export const commandParameters = [parameter('IdempotencyKey'), parameter('CorrelationId'), parameter('Traceparent')];

/** The body of a command: the named schema, and one that it takes. */
export const requestBody = (schema: string, example: Json): Json => ({
  required: true,
  content: { 'application/json': { schema: reference('schemas', schema), example } },
});

/** A parameter of a query as its schema says it. */
export const queryParameter = (name: string, schema: v.GenericSchema, description: string): Json => ({
  name,
  in: 'query',
  required: false,
  description,
  schema: schemaOf(schema),
});
