import type * as v from 'valibot';
import type { Fault } from '#shared/messaging/failure.ts';

type Issue = v.BaseIssue<unknown>;
type Text = Omit<Fault, 'path'>;

/** The text about a value that fails a check. The code is the name of the check, unless another one is given. */
type CheckText = Omit<Text, 'code'> & { code?: string };

/** The faults of values that fail a check. The key is the name that the check has as its message. */
export type FaultTexts = Readonly<Record<string, CheckText | ((issue: Issue) => CheckText)>>;

/** Converts the issues of a schema into faults that a caller can act on. @param value the validated value. */
export function faultsOf(issues: readonly Issue[], value: unknown, texts: FaultTexts): Fault[] {
  return issues.map((issue) => {
    const path = (issue.path ?? []).map(({ key }) => String(key));
    return { path: pointerOf(path), ...describe(issue, isGiven(value, path), texts) };
  });
}

/** JSON pointer (RFC 6901). */
export function pointerOf(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** @param fields the names of all fields. */
const unknownField = (fields: unknown): Text => ({
  code: 'UNKNOWN_FIELD',
  message: 'There is no such field.',
  next:
    Array.isArray(fields) && fields.length > 0
      ? `Remove it, or use one of these names: ${fields.join(', ')}.`
      : 'Remove it.',
});

function describe(issue: Issue, given: boolean, texts: FaultTexts): Text {
  const { type, expected, requirement } = issue;
  const named = texts[issue.message];
  switch (type) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'array':
      return wrongType(expected, given);
    case 'strict_object':
      return expected === 'never' ? unknownField(requirement) : wrongType(expected, given);
    case 'object':
      // It is no object, or it lacks this field.
      return given ? wrongType('object', given) : { ...MISSING, next: 'Give it.' };
    case 'record':
      return wrongType('object', given);
    case 'variant':
      // The value is not an object. Otherwise the field that selects the variant is invalid.
      return expected === 'Object' ? wrongType(expected, given) : notAnOption(expected, given);
    case 'finite':
      return wrongType('number', given);
    case 'integer':
      return NOT_WHOLE;
    case 'min_length':
    case 'min_value':
      return tooSmall(issue.input, requirement);
    case 'max_length':
    case 'max_code_points':
    case 'max_value':
      return tooBig(issue.input, requirement);
    case 'picklist':
    case 'literal':
      return named && given ? textOf(named, issue) : notAnOption(expected, given);
    default:
      return textOf(named ?? INVALID, issue);
  }
}

const textOf = (text: FaultTexts[string], issue: Issue): Text => ({
  code: issue.message,
  ...(typeof text === 'function' ? text(issue) : text),
});

const INVALID = { code: 'INVALID', message: 'The value is not valid.', next: 'See the description in /openapi.json.' };

const MISSING = { code: 'REQUIRED', message: 'It is missing.' };

const NOT_WHOLE = {
  code: 'NOT_WHOLE',
  message: 'Not a whole number.',
  next: 'Give a whole number. Amounts are in minor units (cents).',
};

const notAnOption = (expected: string | null, given: boolean): Text => {
  const next = `Give one of: ${optionsOf(expected)}.`;
  return given ? { ...INVALID, next } : { ...MISSING, next };
};

/** valibot writes options as `("a" | "b")`. */
export const optionsOf = (expected: string | null): string =>
  expected?.replace(/[()"]/g, '').replaceAll(' | ', ', ') ?? '';

function wrongType(expected: string | null, given: boolean): Text {
  const kind = expected?.toLowerCase();
  if (!given) return { ...MISSING, next: kind === 'array' ? 'Give a list.' : `Give a value of type ${kind}.` };
  return { code: 'WRONG_TYPE', message: `The value is not of type ${kind}.`, next: `Give a value of type ${kind}.` };
}

/** Whether the field is present. Follows own properties only. */
function isGiven(value: unknown, path: readonly string[]): boolean {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return false;
    current = Reflect.get(current, part);
  }
  return true;
}

function tooSmall(input: unknown, least: unknown): Text {
  if (typeof input === 'string')
    return { code: 'TOO_SHORT', message: `It has fewer than ${least} characters.`, next: `Give at least ${least}.` };
  return { code: 'TOO_SMALL', message: `It must be at least ${least}.`, next: `Give at least ${least}.` };
}

function tooBig(input: unknown, most: unknown): Text {
  if (typeof input === 'string')
    return { code: 'TOO_LONG', message: `It has more than ${most} characters.`, next: `Give at most ${most}.` };
  if (Array.isArray(input))
    return { code: 'TOO_MANY', message: `It has more than ${most} entries.`, next: `Give at most ${most}.` };
  return { code: 'TOO_LARGE', message: `It must be at most ${most}.`, next: `Give at most ${most}.` };
}
