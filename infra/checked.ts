import * as v from 'valibot';

/** A fault in a value: the path to it, and what is wrong. */
export type Fault = { path: string[]; message: string };

/**
 * Returns the parsed value, or every fault in it. A message never quotes the value, because it may be a person's
 * address.
 */
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
  if (received === 'undefined') return 'is missing';
  // valibot writes alternatives as ("a" | "b").
  return `must be ${expected?.replace(/^\(|\)$/g, '').replaceAll(' | ', ' or ')}`;
}

/**
 * An object with these fields and no others. It reports every unknown field.
 * @param unknown is the fault of an unknown field.
 */
export const strictObject = <const Entries extends v.ObjectEntries>(entries: Entries, unknown?: string) =>
  withEveryUnknown(v.strictObject(entries), unknown);

/** The same schema, but it reports every unknown field. valibot's own `strictObject` reports only the first. */
export function withEveryUnknown<Schema extends v.StrictObjectSchema<v.ObjectEntries, undefined>>(
  schema: Schema,
  unknown = 'is unknown',
): Schema {
  const everyUnknown = v.objectWithRest(schema.entries, v.never(unknown));
  return { ...schema, '~run': (dataset, config) => everyUnknown['~run'](dataset, config) };
}

/** Non-empty text. */
export const someText = v.pipe(v.string(), v.nonEmpty('must not be empty'));

/** Text that matches a pattern. @param message is the fault of any other text. */
export const textLike = (pattern: RegExp, message: string) => v.pipe(v.string(), v.regex(pattern, message));

/** A whole number. */
export const whole = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  v.pipe(v.number(), v.safeInteger('must be a whole number'), v.minValue(least), v.maxValue(most));
