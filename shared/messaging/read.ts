/**
 * Readers that validate foreign data: messages, rows, and events of outside services. Example: `object({ id: text,
 * size: optional(number) })`. Requests are validated by valibot instead, which also describes them. Most functions
 * handle no requests.
 *
 * A reader returns the value, or adds to `faults` what is expected at which path. It never reports the value that it
 * found, because that may be personal data. If there are faults, the returned value must not be used.
 */
export type Reader<Value> = (value: unknown, path: string, faults: string[]) => Value;

/** The type that a reader returns. */
export type Read<R> = R extends Reader<infer Value> ? Value : never;

type Fields = Readonly<Record<string, Reader<unknown>>>;
type Values<F extends Fields> = { [Name in keyof F]: Read<F[Name]> };

/** A value that passes a test. @param expected names the expected value in a fault. */
function matching<Value>(expected: string, test: (value: unknown) => value is Value): Reader<Value> {
  return (value, path, faults) => (test(value) ? value : refused(expected, path, faults));
}

function refused<Value>(expected: string, path: string, faults: string[]): Value {
  faults.push(`${path || 'it'} is no ${expected}`);
  return undefined as Value;
}

/** Applies a reader to a value and returns the result with its faults. */
export function readWith<Value>(reader: Reader<Value>, value: unknown): { read: Value; faults: string[] } {
  const faults: string[] = [];
  return { read: reader(value, '', faults), faults };
}

export const anything: Reader<unknown> = (value) => value;
export const text = matching('text', (value) => typeof value === 'string');
export const number = matching('number', (value) => typeof value === 'number');
export const boolean = matching('boolean', (value) => typeof value === 'boolean');

/** Text that passes a test. */
export const textThat = (expected: string, test: (text: string) => boolean): Reader<string> =>
  matching(expected, (value): value is string => typeof value === 'string' && test(value));

export const someText = textThat('non-empty text', (value) => value !== '');

export const oneOf = <Text extends string>(...allowed: readonly Text[]): Reader<Text> =>
  matching(allowed.join(' or '), (value): value is Text => allowed.some((text) => text === value));

export function optional<Value>(reader: Reader<Value>): Reader<Value | undefined> {
  return (value, path, faults) => (value === undefined ? undefined : reader(value, path, faults));
}

export function listOf<Value>(reader: Reader<Value>): Reader<Value[]> {
  return (value, path, faults) => {
    if (!Array.isArray(value)) return refused('list', path, faults);
    return value.map((item, index) => reader(item, joined(path, index), faults));
  };
}

/** An object with these fields. Other fields are left out, and so are missing optional fields. */
export function object<F extends Fields>(fields: F): Reader<Values<F>> {
  const readers = Object.entries(fields);
  return (value, path, faults) => {
    if (!isRecord(value)) return refused('object', path, faults);
    const read = readers.map(([name, reader]) => [name, reader(value[name], joined(path, name), faults)]);
    return Object.fromEntries(read.filter(([, field]) => field !== undefined));
  };
}

/** An object with these fields. Other fields are kept. */
export function openObject<F extends Fields>(fields: F): Reader<Values<F>> {
  const known = object(fields);
  return (value, path, faults) => ({ ...(isRecord(value) && value), ...known(value, path, faults) });
}

/** An object with any field names, whose values have the same type. */
export function mapOf<Value>(reader: Reader<Value>): Reader<Record<string, Value>> {
  return (value, path, faults) => {
    if (!isRecord(value)) return refused('object', path, faults);
    const read = Object.entries(value).map(([name, item]) => [name, reader(item, joined(path, name), faults)]);
    return Object.fromEntries(read);
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const joined = (path: string, name: string | number): string => (path === '' ? `${name}` : `${path}.${name}`);
