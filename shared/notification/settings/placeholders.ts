/** How a value is written into a template, by the place of its placeholder. */
export type Place = 'text' | 'html' | 'attribute' | 'url';

/** A template, taken apart. */
export type Part = { literal: string } | { placeholder: string; place: Place };

/** A template that was parsed. `faults`: why it does not parse, in words; such a template must not be filled. */
export type ParsedTemplate = { parts: readonly Part[]; faults: readonly string[] };

/** The values of a template's placeholders, formatted. A value may have several lines. */
export type Values = Readonly<Record<string, string>>;

const BRACES = /\{\{([^{}]*)\}\}/g;
const NAME = /^ ?([A-Za-z][A-Za-z0-9]*) ?$/;

/**
 * Takes a text with placeholders apart. The syntax is `{{name}}`, without expressions, conditions or loops. Two braces in
 * a row have no other meaning, so a mistyped placeholder is a fault and never a part of the message.
 */
export function parseText(text: string, place: Place = 'text'): ParsedTemplate {
  const parts: Part[] = [];
  const faults: string[] = [];
  let end = 0;
  const literal = (to: number): void => {
    const between = text.slice(end, to);
    // A third brace means unescaped values in other languages, so it is not taken for text.
    const isThird = (end > 0 && between.startsWith('}')) || (to < text.length && between.endsWith('{'));
    if (isThird || /\{\{|\}\}/.test(between)) faults.push('two braces that are not part of a placeholder');
    if (between !== '') parts.push({ literal: between });
  };
  for (const found of text.matchAll(BRACES)) {
    literal(found.index);
    end = found.index + found[0].length;
    const name = NAME.exec(found[1] ?? '')?.[1];
    if (name === undefined) faults.push('braces around something that is no name');
    else parts.push({ placeholder: name, place });
  }
  literal(text.length);
  return { parts, faults };
}

/** The names of a template's placeholders, each once. */
export const placeholdersIn = ({ parts }: ParsedTemplate): string[] => [
  ...new Set(parts.flatMap((part) => ('placeholder' in part ? [part.placeholder] : []))),
];

/**
 * Fills a template. A value is escaped for its place, and is never read as a template.
 * @returns undefined if a value is missing or the template does not parse, as after a change of what our templates offer.
 */
export function filled({ parts, faults }: ParsedTemplate, values: Values): string | undefined {
  const missing = parts.some((part) => 'placeholder' in part && !Object.hasOwn(values, part.placeholder));
  if (missing || faults.length > 0) return undefined;
  return parts
    .map((part) => ('literal' in part ? part.literal : ESCAPED[part.place](values[part.placeholder] ?? '')))
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML. It also fits into an attribute in quotes. */
export const escapedHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

const ESCAPED: Readonly<Record<Place, (value: string) => string>> = {
  text: (value) => value,
  html: (value) => escapedHtml(value).replaceAll('\n', '<br>\n'),
  attribute: escapedHtml,
  url: (value) => encodeURIComponent(value.toWellFormed()),
};
