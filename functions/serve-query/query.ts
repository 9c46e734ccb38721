import * as z from 'zod/mini';
import type { HttpEvent } from '#shared/http/event.ts';
import { type FormatFaults, faultsOf } from '#shared/http/faults.ts';
import { RequestRefused } from '#shared/http/request-refused.ts';
import type { Fault } from '#shared/messaging/failure.ts';

/** What a request asks for, and every fault in it. */
export type Parsed<Query> = { query?: Query; faults: Fault[] };

/** Parameters by a schema of texts. */
export function parseQuery<Schema extends z.core.$ZodType>(
  event: HttpEvent,
  schema: Schema,
  formats: FormatFaults,
): Parsed<z.output<Schema>> {
  const given = Object.entries(event.queryStringParameters ?? {});
  const received = Object.fromEntries(given.map(([name, value = '']) => [name, withPlus(value)]));
  const result = z.safeParse(schema, received);
  if (result.success) return { query: result.data, faults: [] };
  return { faults: faultsOf(result.error.issues, received, formats).map(asParameter) };
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
    'Mend what is listed under errors and send it again.',
    faults,
  );
}
