import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { faultsOf, pointerOf } from '#shared/http/faults.ts';
import { FIELD_FAULTS } from '#shared/http/input/fault-texts.ts';
import { currency, identifier, sku } from '#shared/http/input/fields.ts';
import { isRecord } from '#shared/http/input/structures.ts';
import { type Envelope, handledIdOf } from '#shared/messaging/envelope.ts';
import type { Fault } from '#shared/messaging/failure.ts';
import { readTimestamp } from '#shared/messaging/timestamp.ts';
import { withoutDerivedTraceparent, withTraceparent } from '#shared/once/trace.ts';
import { subjectOf } from './planners.ts';

/** A message as an operator has sent it. */
type Given = Readonly<Record<string, unknown>>;

/** The message that replaces another one: a new id, which names the other one, and other data. */
export function replacementOf(original: Envelope, id: string, data: unknown): Envelope {
  const { data: _data, ...attributes } = withoutDerivedTraceparent(original);
  return withTraceparent({ ...attributes, id, editedfrom: handledIdOf(original), data });
}

/**
 * Every fault of an edited message. Only its data may differ from the original. The data has to be valid by the schema of
 * its type, and to contain no free text, because messages are stored and shown without protection.
 */
export function faultsOfEdit(original: Envelope, given: Given, schema: v.GenericSchema): Fault[] {
  const { data, ...attributes } = given;
  const { data: dataBefore, ...attributesBefore } = original;
  return [
    ...attributeFaults(attributesBefore, attributes),
    ...schemaFaults(data, schema),
    ...changedLeaves(dataBefore, data).flatMap(textFaults),
    ...(isDeepStrictEqual(data, dataBefore) ? [fault([], UNCHANGED)] : []),
  ];
}

const IN_DATA = ['message', 'data'];

type Path = readonly (string | number)[];

const fault = (path: Path, text: Omit<Fault, 'path'>): Fault => ({ path: pointerOf([...IN_DATA, ...path]), ...text });

const NOT_EDITABLE = {
  code: 'NOT_EDITABLE',
  message: 'Only the data of a message may be edited.',
  next: 'Give the value of the original message.',
};

const UNCHANGED = {
  code: 'UNCHANGED',
  message: 'The data is the same as in the original message.',
  next: 'Correct the data, or redrive the original message.',
};

const FREE_TEXT = {
  code: 'FREE_TEXT',
  message: 'Messages contain ids, codes and figures, and no other text.',
  next: 'Give a text of letters, digits and _ . : / # + = - only. An address, a name or a phone number does not belong here.',
};

const UNKNOWN = { code: 'UNKNOWN_FIELD', message: 'There is no such field.', next: 'Remove it.' };

const ANOTHER_ID = {
  code: 'ANOTHER_ID',
  message: 'The original message has another id here.',
  next: 'Give the id of the original message. A message about something else is a new message, and no correction.',
};

const ANOTHER_TIME = {
  code: 'ANOTHER_TIME',
  message: 'The order was placed at another time.',
  next: 'Give the time of the original message: the list of orders has the order at this time.',
};

const ANOTHER_SUBJECT = {
  code: 'ANOTHER_SUBJECT',
  message: 'The message is about something else: see its subject.',
  next: 'Give the id that its subject contains.',
};

function attributeFaults(before: Given, given: Given): Fault[] {
  const names = new Set([...Object.keys(before), ...Object.keys(given)]);
  return [...names]
    .filter((name) => !isDeepStrictEqual(before[name], given[name]))
    .map((name) => ({ path: pointerOf(['message', name]), ...NOT_EDITABLE }));
}

function schemaFaults(data: unknown, schema: v.GenericSchema): Fault[] {
  const { output, issues = [] } = v.safeParse(schema, data);
  const invalid = faultsOf(issues, data, FIELD_FAULTS).map((one) => ({ ...one, path: `/message/data${one.path}` }));
  return [...invalid, ...unknownIn(data, output).map((path) => fault(path, UNKNOWN))];
}

/** Fields that the schema does not have: it leaves them out. */
function unknownIn(given: unknown, read: unknown, path: Path = []): Path[] {
  if (Array.isArray(given)) {
    const all: readonly unknown[] = Array.isArray(read) ? read : [];
    return given.flatMap((one, index) => (index in all ? unknownIn(one, all[index], [...path, index]) : []));
  }
  if (!isRecord(given) || !isRecord(read)) return [];
  return Object.entries(given).flatMap(([name, value]) =>
    Object.hasOwn(read, name) ? unknownIn(value, read[name], [...path, name]) : [[...path, name]],
  );
}

/** The values in JSON that have no parts, with their paths. */
function leavesOf(value: unknown, path: Path = []): [Path, unknown][] {
  if (Array.isArray(value)) return value.flatMap((one, index) => leavesOf(one, [...path, index]));
  if (!isRecord(value)) return [[path, value]];
  return Object.entries(value).flatMap(([name, one]) => leavesOf(one, [...path, name]));
}

const CODE = /^[\w.:/#+=-]{1,256}$/;
const PHONE_NUMBER = /^\+\d{7,14}$/;
const DIGITS = /^\d{7,15}$/;

/** Fields that requests have, too. They are valid here if they are valid there. */
const REQUESTED: ReadonlyMap<string, v.GenericSchema> = new Map(
  Object.entries({ orderId: identifier, customerId: identifier, currency, sku }),
);

/** Texts of the data that the original does not have at the same place. */
function changedLeaves(before: unknown, given: unknown): [Path, string][] {
  const texts = new Map(leavesOf(before).map(([path, value]) => [pointerOf(path), value]));
  return leavesOf(given).flatMap(([path, value]): [Path, string][] =>
    typeof value === 'string' && texts.get(pointerOf(path)) !== value ? [[path, value]] : [],
  );
}

function textFaults([path, text]: [Path, string]): Fault[] {
  const schema = REQUESTED.get(String(path.at(-1)));
  // Without a format of its own, digits alone may be a phone number.
  if (!CODE.test(text) || PHONE_NUMBER.test(text) || (!schema && DIGITS.test(text))) return [fault(path, FREE_TEXT)];
  const { issues = [] } = schema ? v.safeParse(schema, text) : {};
  return faultsOf(issues, text, FIELD_FAULTS).map((one) => ({ ...one, path: pointerOf([...IN_DATA, ...path]) }));
}

/** Values that are parts of the keys of rows. */
const isKey = ([path, value]: [Path, unknown]): boolean =>
  typeof value === 'string' && (isPlacedAt(path) ? instantOf(value) !== undefined : value !== '' && isId(path));

const isId = (path: Path): boolean => String(path.at(-1)).endsWith('Id');

const isPlacedAt = (path: Path): boolean => path.at(-1) === 'placedAt';

function instantOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const read = readTimestamp(value);
  return 'at' in read ? read.at : undefined;
}

/** The place of an order in the list contains the time. So another text for the same time is no other key. */
const isSameKey = ([path, before]: [Path, unknown], given: unknown): boolean =>
  given === before || (isPlacedAt(path) && instantOf(before) === instantOf(given));

/**
 * A subscriber finds the rows that a message changes by the ids in its data, and by the time at which an order was placed.
 * So what the original has stays, because the original may have been handled there. The id of the subject has to be the subject's.
 */
export function faultsOfIds(original: Envelope, data: unknown): Fault[] {
  const subject = subjectOf(original);
  const idOfSubject = pointerOf([`${subject?.type}Id`]);
  const before = leavesOf(original.data).filter(isKey);
  const given = new Map(leavesOf(data).map(([path, value]) => [pointerOf(path), value]));
  const changed = before.filter(
    ([path, id]) => pointerOf(path) !== idOfSubject && !isSameKey([path, id], given.get(pointerOf(path))),
  );
  const isElsewhere = given.has(idOfSubject) && given.get(idOfSubject) !== subject?.id;
  return [
    ...changed.map(([path]) => fault(path, isPlacedAt(path) ? ANOTHER_TIME : ANOTHER_ID)),
    ...(isElsewhere ? [fault([`${subject?.type}Id`], ANOTHER_SUBJECT)] : []),
  ];
}
