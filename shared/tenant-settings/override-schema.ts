import * as v from 'valibot';
import type { FaultName } from '#shared/http/input/fault-texts.ts';
import { locale, plainText, writtenText } from '#shared/http/input/fields.ts';
import { at, isRecord, objectOnly, strictObject } from '#shared/http/input/structures.ts';
import type { Channel } from '#shared/names.ts';
import { MAXIMUM_SEGMENTS } from '#shared/notification/rendering/sms.ts';
import { segmentsAsSent } from '#shared/notification/rendering/sms-fitting.ts';
import { parseHtml } from '#shared/notification/settings/html-template.ts';
import { COMMON_PLACEHOLDERS, EMAIL_LIMIT } from '#shared/notification/settings/limits.ts';
import { filled, type ParsedTemplate, parseText, placeholdersIn } from '#shared/notification/settings/placeholders.ts';
import type { AnyTemplate } from '#shared/notification/template.ts';
import { templatesOn } from './events.ts';

const [emails, texts] = [templatesOn('email'), templatesOn('sms')];

/** A locale of the sample, if the override's own is not valid. */
const SAMPLE_LOCALE = 'en';

type Given = Record<string, unknown>;

/** A part of an override, and what is checked about it. */
type Checked = {
  field: string;
  parse: (text: string) => ParsedTemplate;
  placeholders: readonly string[];
  /** The fault of the text with sample data, if it is too large. */
  tooLarge: (text: string) => Fault | undefined;
};

type Fault = { name: FaultName; received: string; expected: string };

const atMost =
  (most: number) =>
  (text: string): Fault | undefined =>
    text.length > most ? { name: 'TEMPLATE_TOO_LARGE', received: `${text.length}`, expected: `${most}` } : undefined;

const withinSegments = (text: string): Fault | undefined => {
  const segments = segmentsAsSent(text);
  if (segments <= MAXIMUM_SEGMENTS) return undefined;
  return { name: 'TOO_MANY_SEGMENTS', received: `${segments}`, expected: `${MAXIMUM_SEGMENTS}` };
};

function checkedParts(channel: Channel, { figures, typed, emailOnly }: AnyTemplate): Checked[] {
  const safe = [...figures, ...COMMON_PLACEHOLDERS];
  const short = [...figures, ...typed, ...COMMON_PLACEHOLDERS];
  const all = [...figures, ...typed, ...emailOnly, ...COMMON_PLACEHOLDERS];
  if (channel === 'sms') return [{ field: 'text', parse: parseText, placeholders: short, tooLarge: withinSegments }];
  return [
    { field: 'subject', parse: parseText, placeholders: safe, tooLarge: atMost(EMAIL_LIMIT.subjectCharacters) },
    { field: 'text', parse: parseText, placeholders: all, tooLarge: atMost(EMAIL_LIMIT.textCharacters) },
    { field: 'html', parse: parseHtml, placeholders: all, tooLarge: atMost(EMAIL_LIMIT.htmlCharacters) },
  ];
}

/** The faults of one text of an override. @param values of the sample. */
function faultsOf(text: string, { parse, placeholders, tooLarge }: Checked, values: Record<string, string>): Fault[] {
  const parsed = parse(text);
  const unknown = placeholdersIn(parsed).filter((name) => !placeholders.includes(name));
  const faults: Fault[] = [];
  if (parsed.faults.length > 0)
    faults.push({
      name: 'TEMPLATE_INVALID',
      received: [...new Set(parsed.faults)].slice(0, 20).join('; '),
      expected: '',
    });
  if (unknown.length > 0)
    faults.push({
      name: 'PLACEHOLDER_UNKNOWN',
      received: unknown
        .slice(0, 20)
        .map((name) => name.slice(0, 40))
        .join(', '),
      expected: placeholders.join(', '),
    });
  const sample = filled(parsed, values);
  const large = sample === undefined ? undefined : tooLarge(sample);
  return large ? [...faults, large] : faults;
}

/** The faults of an override, each with its field. Without a field, it is about the whole override. */
function allFaultsOf(given: Given, channel: Channel, template: AnyTemplate): (Partial<Fault> & Named)[] {
  const sample = { locale: sampleLocale(given), data: template.sample };
  const values = { ...template.valuesFor(sample, channel), brandName: 'Brand' };
  const parts = checkedParts(channel, template);
  const faults = parts.flatMap((part) => {
    const text = given[part.field];
    if (typeof text !== 'string') return [];
    return faultsOf(text, part, values).map((fault) => ({ ...fault, field: part.field }));
  });
  const isEmpty = parts.every(({ field }) => given[field] === undefined);
  // Some readers do not show HTML, and must not see another text than the others.
  const lacksText = given.html !== undefined && given.text === undefined;
  return [
    ...faults,
    ...(isEmpty ? [{ name: 'OVERRIDE_EMPTY' as const }] : []),
    ...(lacksText ? [{ name: 'TEXT_REQUIRED' as const, field: 'text' }] : []),
  ];
}

type Named = { name: FaultName; field?: string };

/** Runs beside other faults, so any field may have any type. */
const withoutTemplateFaults = <Override extends object>(
  channel: Channel,
  templates: ReadonlyMap<string, AnyTemplate>,
) =>
  v.rawCheck<Override>(({ dataset, addIssue }) => {
    const given: unknown = dataset.value;
    const template = isRecord(given) ? templates.get(String(given.template)) : undefined;
    if (!isRecord(given) || !template) return;
    for (const { name, field, ...more } of allFaultsOf(given, channel, template))
      addIssue({ message: name, ...more, ...(field !== undefined && { path: [at(field, given)] }) });
  });

const sampleLocale = (given: Given): string => (v.is(locale, given.locale) ? String(given.locale) : SAMPLE_LOCALE);

const common = (templates: ReadonlyMap<string, AnyTemplate>) => ({
  template: v.picklist([...templates.keys()], 'NOT_ON_CHANNEL' satisfies FaultName),
  locale,
});

/** A text of the tenant's: for one template, channel and locale. */
export const overrideSchema = objectOnly(
  v.variant('channel', [
    v.pipe(
      strictObject({
        channel: v.literal('email'),
        ...common(emails),
        subject: v.optional(plainText(EMAIL_LIMIT.subjectCharacters)),
        text: v.optional(writtenText),
        html: v.optional(writtenText),
      }),
      withoutTemplateFaults('email', emails),
    ),
    v.pipe(
      strictObject({ channel: v.literal('sms'), ...common(texts), text: v.optional(writtenText) }),
      withoutTemplateFaults('sms', texts),
    ),
  ]),
);
