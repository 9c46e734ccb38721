import type * as v from 'valibot';
import { parameter, response } from './components.ts';
import { type Json, reference } from './reference.ts';
import { schemaOf } from './schema.ts';

/** Failures of every read, by status. */
export const readFailures = {
  401: response('Unauthorized'),
  403: response('Forbidden'),
  429: response('TooManyRequests'),
  500: response('Unexpected'),
  503: response('Unavailable'),
};

/** Failures of every command, by status. */
export const commandFailures = {
  ...readFailures,
  400: response('BadRequest'),
  409: response('Refused'),
  413: response('TooLarge'),
  415: response('UnsupportedMediaType'),
  422: response('Unprocessable'),
};

/** Parameters of every command. */
export const commandParameters = [parameter('IdempotencyKey'), parameter('CorrelationId'), parameter('Traceparent')];

/** The body of a command: a named schema, with an example. */
export const requestBody = (schema: string, example: Json): Json => ({
  required: true,
  content: { 'application/json': { schema: reference('schemas', schema), example } },
});

/** An optional query parameter, described by its schema. */
export const queryParameter = (name: string, schema: v.GenericSchema, description: string): Json => ({
  name,
  in: 'query',
  required: false,
  description,
  schema: schemaOf(schema),
});
