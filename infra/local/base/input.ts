import * as v from 'valibot';
import { checked, strictObject } from '../../checked.ts';
import { isRecord } from './json.ts';

/** Neither a list nor `null`, which valibot's own schemas of objects accept. */
export const anObject = v.custom<Record<string, unknown>>(isRecord, 'must be an object');

/** An object with these fields and no others. The fault of any other field names the valid ones. */
export const fields = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(anObject, strictObject(entries, `is unknown; valid: ${Object.keys(entries).join(', ')}`));

/**
 * Reads what a client of the control API sent.
 * @returns the value, or one sentence for each problem in it.
 */
export function readInput<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
): { value: v.InferOutput<Schema> } | { problems: string[] } {
  const { value, faults } = checked(schema, input);
  if (value !== undefined) return { value };
  const nameOf = (path: string[]): string => path.filter((key) => key !== '').join('.') || 'the body';
  return { problems: faults.map(({ path, message }) => `${nameOf(path)} ${message}`) };
}
