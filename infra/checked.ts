import * as v from 'valibot';

/** Where something is wrong, by the names on the way, and what. */
export type Fault = { path: string[]; message: string };

/** A value as its schema reads it, or every fault in it. What was found is never quoted: it may be anybody's address. */
export function checked<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
): { value: v.InferOutput<Schema>; faults: [] } | { value: undefined; faults: Fault[] } {
  const result = v.safeParse(schema, value, { message: inWords });
  if (result.success) return { value: result.output, faults: [] };
  const faults = result.issues.map(({ path = [], message }) => ({ path: path.map(({ key }) => String(key)), message }));
  return { value: undefined, faults };
}

function inWords({ expected, received }: v.BaseIssue<unknown>): string {
  if (expected === 'never') return 'is unknown';
  if (received === 'undefined') return 'is missing';
  // Several are written as ("a" | "b").
  return `must be ${expected?.replace(/^\(|\)$/g, '').replaceAll(' | ', ' or ')}`;
}

/** An object with these fields and no others: all that are unknown are told, of which valibot's own tells the first. */
export function strictObject<const Entries extends v.ObjectEntries>(
  entries: Entries,
): v.StrictObjectSchema<Entries, undefined> {
  // It passes nothing but these fields, which the type of an object with a rest cannot say.
  return v.objectWithRest(entries, v.never()) as unknown as v.StrictObjectSchema<Entries, undefined>;
}

/** Text that is not empty. */
export const someText = v.pipe(v.string(), v.nonEmpty('must not be empty'));

/** Text that a pattern fits. @param message what is told of other text. */
export const textLike = (pattern: RegExp, message: string) => v.pipe(v.string(), v.regex(pattern, message));

/** A whole number. */
export const whole = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  v.pipe(v.number(), v.safeInteger('must be a whole number'), v.minValue(least), v.maxValue(most));
