import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  PROVIDER_EVENT_FIELDS,
  PROVIDER_EVENTS,
  type ProviderEventRow,
} from '#shared/adapters/aws/providers/provider-events.ts';
import { SUPPRESSES } from '#shared/feedback/recipient-feedback.ts';

/** The page that shows the table of provider events. */
export const PAGE = join(import.meta.dirname, '../../docs/reference/provider-events.md');

const BEGIN = '<!-- table: begin -->\n';
const END = '<!-- table: end -->\n';

/** The table as the page shows it: one section for each provider, one table for each of its events. */
export function providerEventsTable(): string {
  const providers = [...new Set(PROVIDER_EVENTS.map(({ provider }) => provider))];
  return providers.map((provider) => `## ${provider}\n\n${tableOf(provider)}`).join('\n');
}

function tableOf(provider: ProviderEventRow['provider']): string {
  const rows = PROVIDER_EVENTS.filter((row) => row.provider === provider).map(rowText);
  return ['| Event | Value | Outcome | Suppresses | Reason |', '|---|---|---|---|---|', ...rows, ''].join('\n');
}

function rowText({ provider, event, value, outcome, reason }: ProviderEventRow): string {
  const reasonOfSuppression = outcome && SUPPRESSES[outcome];
  const cells = [
    event === '*' ? 'any other' : code(event),
    valueText(provider, event, value),
    outcome ? code(outcome) : 'none',
    reasonOfSuppression ? code(reasonOfSuppression) : 'no',
    reason,
  ];
  return `| ${cells.join(' | ')} |`;
}

function valueText(provider: ProviderEventRow['provider'], event: string, value: string): string {
  if (provider === 'End User Messaging') return value === '*' ? 'whether final or not' : value;
  const field = PROVIDER_EVENT_FIELDS[event];
  if (!field) return '';
  if (value === 'none') return 'absent or null';
  return value === '*' ? 'any other' : code(value.replace('/*', '/(any other)'));
}

const code = (text: string): string => (/^[A-Za-z]/.test(text) && !text.startsWith('each') ? `\`${text}\`` : text);

/** The table that a page shows. */
export function tableIn(path: string): string {
  const page = readFileSync(path, 'utf8');
  return page.slice(page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END));
}

/** Puts the table into the page. */
export function writeTable(): void {
  const page = readFileSync(PAGE, 'utf8');
  const [before] = page.split(BEGIN);
  const [, after] = page.split(END);
  writeFileSync(PAGE, `${before}${BEGIN}${providerEventsTable()}${END}${after}`);
}
