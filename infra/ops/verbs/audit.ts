import type { AuditEntryView } from '#shared/dead-letter/responses.ts';
import { type Listed, limitOf, readPages } from '../pages.ts';
import { show } from '../session.ts';
import { type Column, formatTable } from '../table.ts';
import { counted } from '../text.ts';
import { type Verb, verbCommand } from '../verb.ts';
import { FILTERS } from './filters.ts';

/** What operators did, latest first. */
export const audit: Verb = (run) =>
  verbCommand('audit', 'List what operators did, latest first', 'audit', 'audit --from 2026-11-01T00:00:00Z --json')
    .addOption(FILTERS.from)
    .addOption(FILTERS.to)
    .option('--limit <count>', 'how many at most', limitOf, 100)
    .action(({ from, to, limit }) =>
      run.read(async (session) => {
        const listed = await readPages<'entries', AuditEntryView>(session.api, {
          ...{ path: '/audit', name: 'entries', query: { from, to }, limit },
        });
        const answer = { entries: listed.entries, isCut: listed.isCut };
        return show(session, answer, () => formatAudit(listed, session.terminal.width));
      }),
    );

/** @param width of the terminal. */
export function formatAudit({ entries, isCut }: Listed<AuditEntryView>, width: number): string {
  if (entries.length === 0) return 'No action is recorded.';
  const summary = `${counted(entries.length, 'action')}${isCut ? ', and there are more: raise --limit' : ''}.`;
  return `${formatTable(AUDIT_COLUMNS, entries, width)}\n${summary}`;
}

/** Fields that have a column. All others are in the last column, also those of a newer release. */
const IN_COLUMNS: readonly string[] = ['auditId', 'at', 'actor', 'action', 'correlationId', 'count'];

const aboutOf = (entry: AuditEntryView): string =>
  Object.entries(entry)
    .filter(([name, value]) => !IN_COLUMNS.includes(name) && value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(
      ([name, value]) =>
        `${name} ${value === null ? 'removed' : typeof value === 'string' ? value : JSON.stringify(value)}`,
    )
    .join(', ');

const AUDIT_COLUMNS: Column<AuditEntryView>[] = [
  { title: 'WHEN', value: ({ at }) => at, isWhole: true },
  { title: 'WHO', value: ({ actor }) => actor },
  { title: 'WHAT', value: ({ action }) => action },
  { title: 'DEAD LETTERS', value: ({ count }) => String(count), align: 'right' },
  { title: 'ABOUT', value: aboutOf },
];
