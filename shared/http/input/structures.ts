import * as v from 'valibot';
import type { FaultName } from './fault-texts.ts';

/**
 * Schemas that report other faults than valibot's own: every fault of a body at once, but no fault that only follows
 * from another. They have valibot's types, so the OpenAPI document is generated from them like from any other schema.
 */

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The path item of an issue about a field. */
export const at = (key: string, input: Record<string, unknown>): v.ObjectPathItem => ({
  type: 'object',
  origin: 'value',
  input,
  key,
  value: input[key],
});

/**
 * An object with these fields and no others. valibot's own reports only one unknown field, and accepts an array as an
 * object. The schema of a field reports that the field is missing. `__proto__` is an ordinary field. Checks of the
 * object run even if it has unknown fields.
 */
export function strictObject<const Entries extends v.ObjectEntries>(
  entries: Entries,
): v.StrictObjectSchema<Entries, undefined> {
  type Read = ReturnType<v.StrictObjectSchema<Entries, undefined>['~run']>;
  const schema = v.strictObject(entries);
  return {
    ...schema,
    '~run'({ value: given }, config) {
      if (!isRecord(given)) return schema['~run']({ value: null }, config);
      const read: Reading = { typed: true, value: {} };
      for (const [key, entry] of Object.entries(entries)) {
        addField(read, at(key, given), entry['~run']({ value: given[key] }, config));
      }
      for (const key of Object.keys(given)) if (!Object.hasOwn(entries, key)) addUnknown(read, at(key, given), entries);
      // It was read field by field, and valibot's type names all fields at once.
      return read as Read;
    },
  };
}

type Reading = { typed: boolean; value: Record<string, unknown>; issues?: v.BaseIssue<unknown>[] };

function addField(read: Reading, item: v.ObjectPathItem, field: v.OutputDataset<unknown, v.BaseIssue<unknown>>): void {
  if (field.value !== undefined) read.value[item.key] = field.value;
  read.typed &&= field.typed;
  for (const issue of field.issues ?? []) addIssue(read, { ...issue, path: [item, ...(issue.path ?? [])] });
}

function addUnknown(read: Reading, item: v.ObjectPathItem, entries: v.ObjectEntries): void {
  const what = { kind: 'schema', type: 'strict_object', expected: 'never', requirement: Object.keys(entries) } as const;
  addIssue(read, { ...what, received: 'field', message: 'UNKNOWN_FIELD', input: item.value, path: [item] });
}

function addIssue(read: Reading, issue: v.BaseIssue<unknown>): void {
  read.issues ??= [];
  read.issues.push(issue);
}

/**
 * A check of an object that also runs if fields have faults. So the check must expect fields of any type.
 * @param field the field to report, instead of the object.
 */
export const crossFieldCheck = <Given extends object>(
  isFine: (given: Given) => boolean,
  name: FaultName,
  field?: string & keyof Given,
) =>
  v.rawCheck<Given>(({ dataset, addIssue: report }) => {
    const given: unknown = dataset.value;
    // valibot's type promises a valid object, but the check also runs beside faults.
    if (!isRecord(given) || isFine(given as Given)) return;
    report({ message: name, ...(field !== undefined && { path: [at(field, given)] }) });
  });

/** Refuses an array, which valibot accepts as an object. */
export function objectOnly<Schema extends v.GenericSchema>(schema: Schema): Schema {
  return {
    ...schema,
    '~run': (dataset: v.UnknownDataset, config: Parameters<Schema['~run']>[1]) =>
      schema['~run'](isRecord(dataset.value) ? dataset : { value: null }, config),
  };
}

/** A list with a maximum number of entries. The entries of a longer list are not validated. */
export function listOf<const Entry extends v.GenericSchema>(entry: Entry, most: number) {
  const bound = v.maxLength<v.InferOutput<Entry>[], number>(most);
  const list = v.pipe(v.array(entry), bound);
  return {
    ...list,
    '~run'(dataset, config) {
      const { value } = dataset;
      if (!Array.isArray(value) || value.length <= most) return list['~run'](dataset, config);
      const { issues } = bound['~run']({ typed: true, value }, config);
      // valibot's type of a pipe's result has no untyped list.
      return { typed: false, value, issues } as ReturnType<(typeof list)['~run']>;
    },
  } satisfies typeof list;
}

/** Later checks of the pipe are skipped if the schema finds a fault, because their faults would only follow from it. */
function decisive<Schema extends v.GenericSchema>(schema: Schema): Schema {
  return {
    ...schema,
    '~run': (dataset: v.UnknownDataset, config: Parameters<Schema['~run']>[1]) => {
      const read = schema['~run'](dataset, config);
      return read.issues ? { ...read, typed: false } : read;
    },
  };
}

/** `JSON.parse` reads 1e400 as Infinity. */
const number = decisive(v.pipe(v.number(), v.finite()));

/** A whole number between two bounds, inclusive. A number beyond a bound has one fault. */
export const wholeNumberBetween = (least: number, most: number = Number.MAX_SAFE_INTEGER) =>
  v.pipe(decisive(v.pipe(number, v.integer())), v.minValue(least), v.maxValue(most));

/** A whole number from 0 that JSON numbers represent exactly: counts, versions and amounts. */
export const wholeNumber = wholeNumberBetween(0);
