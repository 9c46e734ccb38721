/**
 * Compares the answer that a page prints with a real one. They are equal, except for:
 *
 * - **the values of `GENERATED`**, which differ from run to run. Each has to have its shape. An id that a page repeats has to be
 *   repeated by the real answers, too.
 * - **`…`**, which stands for what a page leaves out: a line of its own for any number of lines, a member for any other members
 *   of an object, the last element for any further elements of an array, and within a text for any text.
 * - **progress lines** (`Starting for 4 s; …`), which only a slow start prints.
 * - **line breaks and indentation** between the tokens of JSON, and the order of an object's members: DynamoDB does not keep it.
 */

type Generated = {
  what: string;
  /** A regular expression without groups. */
  shape: string;
  /** Whether it is an id: the same one each time that a page names it. */
  isId: boolean;
};

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** Everything that differs by nature, wherever it stands in a text. */
const GENERATED: readonly Generated[] = [
  { what: 'a timestamp', shape: '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z', isId: false },
  { what: 'the message id of SES', shape: `[0-9a-f]{16}-${UUID}-\\d{6}`, isId: true },
  { what: 'a random id', shape: UUID, isId: true },
  { what: 'a port', shape: '(?<=127\\.0\\.0\\.1:)\\d+', isId: false },
  { what: 'seconds since the start of a command', shape: '(?<=^ +)\\d+\\.\\d(?= s )', isId: false },
];

/** Ids that depend on the secret of the stage, by the member that contains them. Ids derived from a request have to be equal. */
const FROM_THE_SECRET: Readonly<Record<string, Generated>> = {
  erasureId: { what: 'the id of an erasure', shape: '[a-z2-7]{26}', isId: true },
  suppressionId: { what: 'the id of a suppression', shape: '[\\w-]{22}', isId: true },
};

/** A number under such a name is a duration. */
const DURATION = /Ms$/;

/** Values of the pages, with the real values of this run. */
export type Ids = ReadonlyMap<string, string>;

/** @returns what is different, and the ids with those that this answer added. */
export function compareAnswer(printed: string, real: string, ids: Ids): { faults: string[]; ids: Ids } {
  const comparison = { ids: new Map(ids) };
  const faults = compareParts(partsOf(printed), partsOf(real), comparison);
  return { faults, ids: comparison.ids };
}

/** Puts the real ids of this run into a text of a page. */
export const withRealIds = (text: string, ids: Ids): string =>
  text.replace(new RegExp(anyOf(ids), 'g'), (id) => ids.get(id) ?? id);

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Any id of the list as a whole word. `(?!)` matches nothing. */
const anyOf = (ids: Ids): string => (ids.size === 0 ? '(?!)' : `\\b(?:${[...ids.keys()].map(escaped).join('|')})\\b`);

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
type Part = { line: string } | { json: Json };
type Comparison = { ids: Map<string, string> };

/** Lines that `npm start` prints while it waits: on an idle machine, there are none. */
const PROGRESS = /^Starting for \d+ s; .*\n?/gm;

/** The head of an HTTP answer line by line; its body as JSON, or each of its lines as JSON or as text. */
function partsOf(answer: string): Part[] {
  const text = answer.replaceAll('\r', '').replace(PROGRESS, '').trimEnd();
  const blank = text.startsWith('HTTP/') ? text.indexOf('\n\n') : -1;
  const head = blank < 0 ? [] : text.slice(0, blank).split('\n');
  const body = blank < 0 ? text : text.slice(blank + 2);
  const whole = jsonOf(body);
  const lines = whole === undefined ? body.split('\n').map(partOf) : [{ json: whole }];
  return [...head.map((line) => ({ line })), ...lines];
}

function partOf(line: string): Part {
  const json = jsonOf(line);
  return json === undefined ? { line } : { json };
}

/** JSON in which `…` may stand for members or elements: it becomes the member, or the element, of this name. */
function jsonOf(text: string): Json | undefined {
  const open: string[] = [];
  const complete = text.replace(/"(?:[^"\\]|\\.)*"|[[\]{}…]/g, (token) => {
    if (token === '…') return open.at(-1) === '{' ? '"…":null' : '"…"';
    if (token === '{' || token === '[') open.push(token);
    if (token === '}' || token === ']') open.pop();
    return token;
  });
  if (!/^\s*[[{]/.test(complete)) return undefined;
  try {
    return JSON.parse(complete);
  } catch {
    return undefined; // A line of text.
  }
}

function compareParts(printed: Part[], real: Part[], comparison: Comparison): string[] {
  const faults: string[] = [];
  let next = 0;
  for (const [index, part] of printed.entries()) {
    if (isEllipsis(part)) {
      const following = printed[index + 1];
      if (following === undefined) return faults;
      while (next < real.length && comparePart(following, real[next], { ids: new Map(comparison.ids) }).length > 0)
        next++;
      continue;
    }
    faults.push(...comparePart(part, real[next++], comparison));
  }
  return real.length > next ? [...faults, `not on the page: ${JSON.stringify(real.slice(next))}`] : faults;
}

const isEllipsis = (part: Part): boolean => 'line' in part && part.line.trim() === '…';

function comparePart(printed: Part, real: Part | undefined, comparison: Comparison): string[] {
  if (real === undefined) return [`missing: ${JSON.stringify(printed)}`];
  if ('json' in printed && 'json' in real) return compareJson(printed.json, real.json, '', comparison);
  if ('line' in printed && 'line' in real) return compareText(printed.line, real.line, 'line', comparison);
  return [`${JSON.stringify(printed)} is ${JSON.stringify(real)}`];
}

function compareJson(printed: Json, real: Json | undefined, path: string, comparison: Comparison): string[] {
  if (typeof printed === 'string' && typeof real === 'string') return compareText(printed, real, path, comparison);
  if (typeof printed === 'number' && typeof real === 'number' && DURATION.test(path)) return [];
  if (Array.isArray(printed) && Array.isArray(real)) {
    const isOpen = printed.at(-1) === '…';
    const elements = isOpen ? printed.slice(0, -1) : printed;
    const extra = !isOpen && real.length > elements.length ? [`${path} has ${real.length} elements`] : [];
    return [
      ...extra,
      ...elements.flatMap((one, index) => compareJson(one, real[index], `${path}[${index}]`, comparison)),
    ];
  }
  if (isObject(printed) && isObject(real)) return compareObjects(printed, real, path, comparison);
  return printed === real ? [] : [`${path} is ${JSON.stringify(real)}, and not ${JSON.stringify(printed)}`];
}

type JsonObject = { [name: string]: Json };
const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function compareObjects(printed: JsonObject, real: JsonObject, path: string, comparison: Comparison): string[] {
  const { '…': open, ...members } = printed;
  const extra = Object.keys(real).filter((name) => open === undefined && !Object.hasOwn(members, name));
  return [
    ...extra.map((name) => `${path}.${name} is not on the page`),
    ...Object.entries(members).flatMap(([name, value]) =>
      compareJson(value, real[name], `${path}.${name}`, comparison),
    ),
  ];
}

/** Matches a text against a pattern that is made of the printed one, and records the ids that are new. */
function compareText(printed: string, real: string, path: string, { ids }: Comparison): string[] {
  const member = FROM_THE_SECRET[path.split('.').at(-1) ?? ''];
  const generated = member === undefined ? GENERATED : [member];
  const found: { value: string; isId: boolean }[] = [];
  const pattern = tokensOf(printed, generated, ids).map(({ text, kind }) => {
    if (kind === undefined) return escaped(ids.get(text) ?? text);
    if (kind === '…') return '[^]*?';
    found.push({ value: text, isId: kind.isId });
    return `(${kind.shape})`;
  });
  const match = new RegExp(`^${pattern.join('')}$`).exec(real);
  if (!match) return [`${path} is ${JSON.stringify(real)}, and not ${JSON.stringify(printed)}`];
  return found.flatMap(({ value, isId }, index) => (isId ? bind(value, match[index + 1] ?? '', path, ids) : []));
}

function bind(printed: string, real: string, path: string, ids: Map<string, string>): string[] {
  const known = ids.get(printed) ?? real;
  ids.set(printed, known);
  return known === real ? [] : [`${path} has ${real} and ${known} for the same ${printed}`];
}

type Token = { text: string; kind: Generated | '…' | undefined };

/** Cuts a text of a page into generated values, ellipses, ids that are known already, and the rest. */
function tokensOf(text: string, generated: readonly Generated[], ids: Ids): Token[] {
  const shapes = generated.map(({ shape }) => `(${shape})`);
  const special = new RegExp([`(${anyOf(ids)})`, '(?<gap>…)', ...shapes].join('|'), 'g');
  const tokens: Token[] = [];
  let end = 0;
  for (const match of text.matchAll(special)) {
    tokens.push({ text: text.slice(end, match.index), kind: undefined });
    const [all, , , ...values] = match;
    const kind = match.groups?.gap === undefined ? generated[values.findIndex((value) => value !== undefined)] : '…';
    tokens.push({ text: all, kind });
    end = match.index + all.length;
  }
  return [...tokens, { text: text.slice(end), kind: undefined }];
}
