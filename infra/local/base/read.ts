import * as v from 'valibot';
import { checked } from '../../checked.ts';
import { CannotRun } from './failure.ts';
import { isJson, type Json } from './json.ts';

/** Any JSON value, as part of a schema. */
export const jsonValue = v.custom<Json>(isJson);

/**
 * Reads a value that another program or an earlier start wrote.
 * @param what names the value at the beginning of a sentence.
 * @throws CannotRun that names the value and every fault in it.
 */
export function readAs<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): v.InferOutput<Schema> {
  const { value: read, faults } = checked(schema, value);
  if (read !== undefined) return read;
  throw new CannotRun(`${what} cannot be read: ${faults.map(textOf).join(', ')}.`);
}

const textOf = ({ path, message }: { path: string[]; message: string }): string =>
  path.length > 0 ? `${path.join('.')} ${message}` : `it ${message}`;
