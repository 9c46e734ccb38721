import type { MiddlewareObj } from '@middy/core';
import * as v from 'valibot';
import type { Fault } from '#shared/messaging/failure.ts';
import type { HttpEvent, HttpResponse } from './event.ts';
import { type FaultTexts, faultsOf } from './faults.ts';
import { checkedOptions } from './options.ts';
import { RequestRefused } from './request-refused.ts';

export type WithQuery<Query> = { query: Query };

export type QueryParametersOptions<Schema extends v.GenericSchema> = {
  /** Validates an object of texts. API Gateway joins a parameter that is given twice with a comma. */
  schema: Schema;
  /** The faults of the schema's own checks. */
  texts: FaultTexts;
};

/**
 * Validates the parameters of a query. A strict schema refuses unknown parameters.
 * @throws RequestRefused `VALIDATION_FAILED` with every fault. The path of a fault names the parameter.
 */
export function queryParameters<Schema extends v.GenericSchema>(
  options: QueryParametersOptions<Schema>,
): MiddlewareObj<HttpEvent & WithQuery<v.InferOutput<Schema>>, HttpResponse> {
  const { schema, texts } = checkedOptions('queryParameters', options, ['schema', 'texts']);
  return {
    before: ({ event }) => {
      const { query, faults } = parseQuery(event, schema, texts);
      if (faults) refuseFaults(faults);
      event.query = query;
    },
  };
}

/** The validated query, or every fault in it. */
export type Parsed<Query> = { query: Query; faults?: undefined } | { query?: undefined; faults: Fault[] };

/** Validates parameters without throwing, for a caller that adds faults that a schema cannot find. */
export function parseQuery<Schema extends v.GenericSchema>(
  event: HttpEvent,
  schema: Schema,
  texts: FaultTexts,
): Parsed<v.InferOutput<Schema>> {
  const given = Object.entries(event.queryStringParameters ?? {});
  const received = Object.fromEntries(given.map(([name, value = '']) => [name, withPlus(value)]));
  const result = v.safeParse(schema, received);
  if (result.success) return { query: result.output };
  return { faults: faultsOf(result.issues, received, texts).map(asParameter) };
}

/** Restores a + that was not encoded and arrives as a space, in a phone number or in the offset of a timestamp. */
const withPlus = (value: string): string => value.replace(/^ (?=\d+$)| (?=\d\d:\d\d$)/, '+');

const asParameter = (fault: Fault): Fault =>
  fault.code === 'UNKNOWN_FIELD'
    ? { ...fault, code: 'UNKNOWN_PARAMETER', message: 'There is no such parameter.' }
    : fault;

/** @throws RequestRefused with every fault. */
export function refuseFaults(faults: readonly Fault[]): never {
  throw new RequestRefused(
    'VALIDATION_FAILED',
    `The query has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}.`,
    'Correct the faults that are listed under errors, and send the request again.',
    faults,
  );
}
