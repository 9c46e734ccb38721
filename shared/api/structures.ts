import * as v from 'valibot';
import type { FaultName } from './fault-texts.ts';

/**
 * Schemas that tell more, or less, than valibot's own: every fault of a body at once, and none that only follows from
 * another. They are of valibot's types, so that the description of the API is written from them as from others.
 */

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where an issue lies. */
export const at = (key: string, input: Record<string, unknown>): v.ObjectPathItem => ({
  type: 'object',
  origin: 'value',
  input,
  key,
  value: input[key],
});

/**
 * An object with these fields and no others. valibot's own tells one unknown field and takes a list for an object.
 * A field that is missing is told by its schema, and `__proto__` is a field like any other. What is unknown keeps no
 * check of the object from running.
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
      for (const key of Object.keys(given)) if (!Object.hasOwn(entries, key)) addUnknown(read, at(key, given));
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

function addUnknown(read: Reading, item: v.ObjectPathItem): void {
  const what = { kind: 'schema', type: 'strict_object', expected: 'never' } as const;
  addIssue(read, { ...what, received: 'field', message: 'UNKNOWN_FIELD', input: item.value, path: [item] });
}

function addIssue(read: Reading, issue: v.BaseIssue<unknown>): void {
  read.issues ??= [];
  read.issues.push(issue);
}

/**
 * A check of an object that is told beside the faults of its fields, which may then be of any type.
 * @param field of which it is told, and not of the object.
 */
export const alsoCheck = <Given extends object>(
  isFine: (given: Given) => boolean,
  name: FaultName,
  field?: string & keyof Given,
) =>
  v.rawCheck<Given>(({ dataset, addIssue: tell }) => {
    const given: unknown = dataset.value;
    if (!isRecord(given) || isFine(given as Given)) return;
    tell({ message: name, ...(field !== undefined && { path: [at(field, given)] }) });
  });

/** What is no list: valibot takes one for an object. */
export function objectOnly<Schema extends v.GenericSchema>(schema: Schema): Schema {
  return {
    ...schema,
    '~run': (dataset: v.UnknownDataset, config: Parameters<Schema['~run']>[1]) =>
      schema['~run'](isRecord(dataset.value) ? dataset : { value: null }, config),
  };
}

/** A list of so many entries at most; those of a longer one are not looked at. */
export function listOf<const Entry extends v.GenericSchema>(entry: Entry, most: number) {
  const bound = v.maxLength<v.InferOutput<Entry>[], number>(most);
  const list = v.pipe(v.array(entry), bound);
  return {
    ...list,
    '~run'(dataset, config) {
      const { value } = dataset;
      if (!Array.isArray(value) || value.length <= most) return list['~run'](dataset, config);
      const { issues } = bound['~run']({ typed: true, value }, config);
      return { typed: false, value, issues } as ReturnType<(typeof list)['~run']>;
    },
  } satisfies typeof list;
}

/** What does not pass it is asked nothing more: one fault would only follow from the other. */
function decisive<Schema extends v.GenericSchema>(schema: Schema): Schema {
  return {
    ...schema,
    '~run': (dataset: v.UnknownDataset, config: Parameters<Schema['~run']>[1]) => {
      const read = schema['~run'](dataset, config);
      return read.issues ? { ...read, typed: false } : read;
    },
  };
}

/** JSON has 1e400, which is read as infinite. */
const number = decisive(v.pipe(v.number(), v.finite()));

/** A whole number that is told exactly. */
export const wholeNumber = v.pipe(
  decisive(v.pipe(number, v.integer())),
  v.minValue(Number.MIN_SAFE_INTEGER),
  v.maxValue(Number.MAX_SAFE_INTEGER),
);
