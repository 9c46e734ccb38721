import type { MiddlewareObj } from '@middy/core';
import * as v from 'valibot';
import type { Fault } from '#shared/messaging/failure.ts';
import type { HttpEvent, HttpResponse } from './event.ts';
import { type FaultTexts, faultsOf } from './faults.ts';
import { checkedOptions } from './options.ts';
import { RequestRefused } from './request-refused.ts';

export type WithQuery<Query> = { query: Query };

export type QueryParametersOptions<Schema extends v.GenericSchema> = {
  /** Of an object of texts: API Gateway joins a parameter that is given twice with a comma. */
  schema: Schema;
  /** What to say about what does not pass the schema's own checks. */
  texts: FaultTexts;
};

/**
 * Validates the parameters of a query; unknown ones are refused by a strict schema.
 * @throws RequestRefused `VALIDATION_FAILED` with every fault; paths name the parameter.
 */
export function queryParameters<Schema extends v.GenericSchema>(
  options: QueryParametersOptions<Schema>,
): MiddlewareObj<HttpEvent & WithQuery<v.InferOutput<Schema>>, HttpResponse> {
  const { schema, texts } = checkedOptions('queryParameters', options, ['schema', 'texts']);
  return {
    before: ({ event }) => {
      const { query, faults } = parseQuery(event, schema, texts);
      refuseFaults(faults);
      event.query = query as v.InferOutput<Schema>;
    },
  };
}

/** What a request asks for, and every fault in it. */
export type Parsed<Query> = { query?: Query; faults: Fault[] };

/** Parameters by a schema of texts, for whoever finds more faults than a schema can see. */
export function parseQuery<Schema extends v.GenericSchema>(
  event: HttpEvent,
  schema: Schema,
  texts: FaultTexts,
): Parsed<v.InferOutput<Schema>> {
  const given = Object.entries(event.queryStringParameters ?? {});
  const received = Object.fromEntries(given.map(([name, value = '']) => [name, withPlus(value)]));
  const result = v.safeParse(schema, received);
  if (result.success) return { query: result.output, faults: [] };
  return { faults: faultsOf(result.issues, received, texts).map(asParameter) };
}

/** A + that nobody encoded arrives as a space: it belongs to a phone number or to the offset of a moment. */
const withPlus = (value: string): string => value.replace(/^ (?=\d+$)| (?=\d\d:\d\d$)/, '+');

const asParameter = (fault: Fault): Fault =>
  fault.code === 'UNKNOWN_FIELD'
    ? { ...fault, code: 'UNKNOWN_PARAMETER', message: 'There is no such parameter.' }
    : fault;

/** @throws RequestRefused with every fault, if there is one. */
export function refuseFaults(faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  throw new RequestRefused(
    'VALIDATION_FAILED',
    `The query has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}.`,
    'Correct what is listed under errors and send it again.',
    faults,
  );
}
