import type * as z from 'zod/mini';
import type { Fault } from '#shared/messaging/failure.ts';

/** What to say about a value that does not have a certain format, by the format's name. */
export type FormatFaults = Readonly<Record<string, Omit<Fault, 'path'>>>;

type Issue = z.core.$ZodIssue;

/** Turns what the schema found into faults that a caller can act on. `value` is what was validated. */
export function faultsOf(issues: readonly Issue[], value: unknown, formats: FormatFaults): Fault[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: pointer([...issue.path, key]), ...UNKNOWN_FIELD }));
    return [{ path: pointer(issue.path), ...describe(issue, value, formats) }];
  });
}

/** JSON pointer (RFC 6901). */
function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

const UNKNOWN_FIELD = {
  code: 'UNKNOWN_FIELD',
  message: 'There is no such field.',
  next: 'Leave it out, or correct its name.',
};

function describe(issue: Issue, value: unknown, formats: FormatFaults): Omit<Fault, 'path'> {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, isGiven(value, issue.path));
    case 'invalid_format':
      return formats[issue.format] ?? INVALID;
    case 'too_small':
      return tooSmall(issue);
    case 'too_big':
      return tooBig(issue);
    case 'invalid_value':
      return { ...INVALID, next: `Give one of: ${issue.values.map(String).join(', ')}.` };
    case 'custom':
      return { ...INVALID, ...issue.params };
    default:
      return INVALID;
  }
}

const INVALID = { code: 'INVALID', message: 'It is not valid.', next: 'Look it up in /openapi.json.' };

function wrongType(expected: string, given: boolean): Omit<Fault, 'path'> {
  const kind = expected === 'int' ? 'whole number' : expected;
  if (!given) return { code: 'REQUIRED', message: 'It is missing.', next: `Give a value: ${kind}.` };
  if (expected === 'int')
    return {
      code: 'NOT_WHOLE',
      message: 'It is not a whole number.',
      next: 'Give a whole number; amounts are in minor units (cents).',
    };
  return { code: 'WRONG_TYPE', message: `It is not of type ${kind}.`, next: `Give a value of type ${kind}.` };
}

/** Tells a field that is missing from one of the wrong type; follows own fields only. */
function isGiven(value: unknown, path: readonly PropertyKey[]): boolean {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return false;
    current = (current as Record<PropertyKey, unknown>)[part];
  }
  return true;
}

function tooSmall({ origin, minimum, inclusive }: z.core.$ZodIssueTooSmall): Omit<Fault, 'path'> {
  if (origin === 'string')
    return {
      code: 'TOO_SHORT',
      message: `It has fewer than ${minimum} characters.`,
      next: `Give at least ${minimum}.`,
    };
  const least = inclusive ? `at least ${minimum}` : `more than ${minimum}`;
  return { code: 'TOO_SMALL', message: `It must be ${least}.`, next: `Give ${least}.` };
}

function tooBig({ origin, maximum }: z.core.$ZodIssueTooBig): Omit<Fault, 'path'> {
  if (origin === 'string')
    return { code: 'TOO_LONG', message: `It has more than ${maximum} characters.`, next: `Give at most ${maximum}.` };
  if (origin === 'array')
    return { code: 'TOO_MANY', message: `It has more than ${maximum} entries.`, next: `Give at most ${maximum}.` };
  return { code: 'TOO_LARGE', message: `It must be at most ${maximum}.`, next: `Give at most ${maximum}.` };
}
