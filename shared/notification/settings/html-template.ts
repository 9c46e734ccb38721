import { type ParsedTemplate, type Part, type Place, parseText } from './placeholders.ts';

/** Elements that mail clients show and that run nothing. The value says whether the element has an end tag. */
const ELEMENTS: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(
    'a b blockquote center div em h1 h2 h3 h4 i li ol p s small span strong sub sup table tbody td tfoot th thead tr u ul'
      .split(' ')
      .map((name) => [name, true]),
  ),
  br: false,
  hr: false,
  img: false,
};

const PLAIN = /^[\w %#.,:;+'&!?/()-]*$/u;
/** Without parentheses, escapes and entities, so without `url(…)`. */
const STYLE = /^[\w\s%#.,:;'!-]*$/;
const HTTPS = String.raw`https:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?`;

/** What an attribute may contain, and where its placeholders are. Without `place`, it has none. */
type Attribute = { value: RegExp; place?: Place };

const ANYWHERE: Readonly<Record<string, Attribute>> = {
  ...Object.fromEntries(
    'align valign width height bgcolor border cellpadding cellspacing colspan rowspan role dir lang'
      .split(' ')
      .map((name) => [name, { value: PLAIN }]),
  ),
  style: { value: STYLE },
  title: { value: /^[^<>]*$/, place: 'attribute' },
};

/** The scheme and the host of a link are the tenant's own: a placeholder only follows after them. */
const LINK = new RegExp(String.raw`^(?:${HTTPS}(?:[/?#][^\s<>]*)?|mailto:[^\s<>]+|tel:\+?[\d -]+)$`, 'i');
const IMAGE = new RegExp(String.raw`^${HTTPS}\/[^\s<>]*$`, 'i');

const OF_ELEMENT: Readonly<Record<string, Readonly<Record<string, Attribute>>>> = {
  a: { href: { value: LINK, place: 'url' } },
  img: { src: { value: IMAGE, place: 'url' }, alt: { value: /^[^<>]*$/, place: 'attribute' } },
};

const TAG = /<(\/?)([A-Za-z][A-Za-z0-9]*)((?:\s[^<>]*)?)\/?>/y;
const ATTRIBUTE = /\s+([A-Za-z-]+)="([^"]*)"/y;

type Reading = { parts: Part[]; faults: string[]; open: string[] };

/**
 * Takes an HTML template apart: a fragment of the elements and attributes above, well nested, with attribute values in
 * double quotes. What is not in the lists is a fault, so scripts, forms, style sheets and comments are. The parser is
 * strict instead of forgiving, because a mail client must not read the fragment in another way.
 */
export function parseHtml(html: string): ParsedTemplate {
  const reading: Reading = { parts: [], faults: [], open: [] };
  let end = 0;
  for (let start = html.indexOf('<'); start >= 0; start = html.indexOf('<', end)) {
    add(parseText(html.slice(end, start), 'html'), reading);
    TAG.lastIndex = start;
    const [tag, slash = '', name = '', attributes = ''] = TAG.exec(html) ?? [];
    if (tag === undefined) {
      reading.faults.push(
        `a < at character ${Array.from(html.slice(0, start)).length + 1} that begins no tag (write &lt;)`,
      );
      return reading;
    }
    readTag({ isEnd: slash !== '', name: name.toLowerCase(), attributes: withoutSlash(attributes) }, reading);
    end = start + tag.length;
  }
  add(parseText(html.slice(end), 'html'), reading);
  for (const name of reading.open) reading.faults.push(`<${name}> without its end tag`);
  return reading;
}

/** The attributes without the slash of `<br />`. Not by an expression, which would be slow for very many spaces. */
const withoutSlash = (attributes: string): string =>
  (attributes.endsWith('/') ? attributes.slice(0, -1) : attributes).trimEnd();

type Tag = { isEnd: boolean; name: string; attributes: string };

function readTag({ isEnd, name, attributes }: Tag, reading: Reading): void {
  const { parts, faults, open } = reading;
  const hasEnd = Object.hasOwn(ELEMENTS, name) ? ELEMENTS[name] : undefined;
  if (hasEnd === undefined) {
    faults.push(`<${name.slice(0, 20)}>, which is not allowed`);
    return;
  }
  if (isEnd) {
    if (open.pop() !== name) faults.push(`</${name}> in the wrong place`);
    parts.push({ literal: `</${name}>` });
    return;
  }
  if (hasEnd) open.push(name);
  parts.push({ literal: `<${name}` });
  readAttributes(name, attributes, reading);
  parts.push({ literal: '>' });
}

function readAttributes(element: string, attributes: string, reading: Reading): void {
  const { parts, faults } = reading;
  const known = { ...ANYWHERE, ...OF_ELEMENT[element] };
  const seen = new Set<string>();
  let end = 0;
  while (end < attributes.length) {
    ATTRIBUTE.lastIndex = end;
    const [whole, given = '', value = ''] = ATTRIBUTE.exec(attributes) ?? [];
    if (whole === undefined) {
      faults.push(`an attribute of <${element}> that has no value in double quotes`);
      return;
    }
    end += whole.length;
    const name = given.toLowerCase();
    const rule = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!rule || seen.has(name)) faults.push(`the attribute ${name.slice(0, 20)} of <${element}>`);
    else {
      const parsed = parseText(value, rule.place ?? 'attribute');
      if (!fits(parsed, rule)) faults.push(`the value of ${name} of <${element}>`);
      parts.push({ literal: ` ${name}="` });
      add(parsed, reading);
      parts.push({ literal: '"' });
    }
    seen.add(name);
  }
}

/** Whether the value is allowed whatever its placeholders stand for. */
function fits({ parts }: ParsedTemplate, { value, place }: Attribute): boolean {
  const literals = parts.map((part) => ('literal' in part ? part.literal : 'x'));
  const first = parts.findIndex((part) => 'placeholder' in part);
  if (first < 0) return value.test(literals.join(''));
  if (place === undefined) return false;
  const before = literals.slice(0, first).join('');
  return value.test(literals.join('')) && (place !== 'url' || /^https:\/\/[^/?#]+[/?#]/i.test(before));
}

function add({ parts, faults }: ParsedTemplate, reading: Reading): void {
  reading.parts.push(...parts);
  reading.faults.push(...faults);
}
