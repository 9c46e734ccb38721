import { Option } from '@commander-js/extra-typings';
import type { DeadLetterView } from '#shared/dead-letter/responses.ts';
import { type Listed, limitOf, readPages } from '../pages.ts';
import { show } from '../session.ts';
import { type Column, formatTable } from '../table.ts';
import { age, counted } from '../text.ts';
import { type Verb, verbCommand } from '../verb.ts';
import { FILTERS, filtersIn } from './filters.ts';

const STATUSES = ['open', 'redriving', 'resolved', 'discarded'] as const;

/** Dead letters, the oldest first. */
export const deadLetters: Verb = (run) =>
  verbCommand(
    'dead-letters',
    'List dead letters, the oldest first',
    'dead-letters --subscriber project-orders',
    'dead-letters --fingerprint pfzh2rl3v6xwtmhsdti55caegb --limit 1000 --json',
    'dead-letters --status discarded --from 2026-01-01T00:00:00Z',
  )
    .addOption(FILTERS.subscriber)
    .addOption(FILTERS.type)
    .addOption(FILTERS.reason)
    .addOption(FILTERS.fingerprint)
    .addOption(FILTERS.tenant)
    .addOption(FILTERS.from)
    .addOption(FILTERS.to)
    .addOption(FILTERS.owner)
    .addOption(
      new Option('--status <status>', 'only those with this status').choices(STATUSES).default('open' as const),
    )
    .option('--limit <count>', 'how many at most', limitOf, 100)
    .action(({ status, limit, ...filters }) =>
      run.read(async (session) => {
        const query = { ...filtersIn(filters), status };
        const listed = await readPages<'deadLetters', DeadLetterView>(session.api, {
          ...{ path: '/dead-letters', name: 'deadLetters', query, limit },
        });
        const { now, terminal } = session;
        const answer = { deadLetters: listed.entries, isCut: listed.isCut };
        return show(session, answer, () => formatDeadLetters(listed, now(), terminal.width));
      }),
    );

/** @param now epoch milliseconds. @param width of the terminal. */
export function formatDeadLetters({ entries, isCut }: Listed<DeadLetterView>, now: number, width: number): string {
  if (entries.length === 0) return 'No dead letter matches.';
  const summary = `${counted(entries.length, 'dead letter')}${isCut ? ', and there are more: raise --limit' : ''}.`;
  return `${formatTable(letterColumns(now), entries, width)}\n${summary}`;
}

const letterColumns = (now: number): Column<DeadLetterView>[] => [
  { title: 'ID', value: ({ deadLetterId }) => deadLetterId, isWhole: true },
  { title: 'SINCE', value: ({ openedAt }) => age(openedAt, now) },
  { title: 'SUBSCRIBER', value: ({ subscriber }) => subscriber },
  { title: 'REASON', value: ({ reason }) => reason },
  { title: 'SUBJECT', value: ({ tenant, subject }) => [tenant, subject].filter(Boolean).join(' ') },
  { title: 'TYPE', value: ({ messageType }) => messageType },
  { title: 'OWNER', value: ({ owner }) => owner },
];
