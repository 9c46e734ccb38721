import type { MiddlewareObj } from '@middy/core';
import * as z from 'zod/mini';
import type { HttpEvent, HttpResponse } from './event.ts';
import { type FormatFaults, faultsOf } from './faults.ts';
import { checkedOptions } from './options.ts';
import { RequestRefused } from './request-refused.ts';

export type WithQuery<Query> = { query: Query };

export type QueryParametersOptions<Schema extends z.core.$ZodType> = {
  /** Of an object of texts: API Gateway joins a parameter that is given twice with a comma. */
  schema: Schema;
  /** Texts for the schema's own formats. */
  formats: FormatFaults;
};

/**
 * Validates the parameters of a query; unknown ones are refused by a strict schema.
 * @throws RequestRefused `VALIDATION_FAILED` with every fault; paths name the parameter.
 */
export function queryParameters<Schema extends z.core.$ZodType>(
  options: QueryParametersOptions<Schema>,
): MiddlewareObj<HttpEvent & WithQuery<z.output<Schema>>, HttpResponse> {
  const { schema, formats } = checkedOptions('queryParameters', options, ['schema', 'formats']);
  return {
    before: ({ event }) => {
      const received = event.queryStringParameters ?? {};
      const result = z.safeParse(schema, received);
      if (!result.success) throw refused(faultsOf(result.error.issues, received, formats));
      event.query = result.data;
    },
  };
}

const refused = (faults: ReturnType<typeof faultsOf>): RequestRefused =>
  new RequestRefused(
    'VALIDATION_FAILED',
    `The query has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}.`,
    'Mend what is listed under errors and send it again.',
    faults,
  );
