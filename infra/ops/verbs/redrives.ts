import type { RedriveView } from '#shared/redrive/responses.ts';
import { endedMembers } from '../redrive-view.ts';
import { show } from '../session.ts';
import { type Column, formatTable } from '../table.ts';
import { age, counted } from '../text.ts';
import { type Verb, verbCommand } from '../verb.ts';

/** The latest redrives. */
export const redrives: Verb = (run) =>
  verbCommand('redrives', 'List redrives, latest first', 'redrives').action(() =>
    run.read(async (session) => {
      const answer = await session.api.get<{ redrives: RedriveView[] }>('/redrives');
      return show(session, answer, () => formatRedrives(answer.redrives, session.now(), session.terminal.width));
    }),
  );

/** @param now epoch milliseconds. @param width of the terminal. */
export function formatRedrives(found: readonly RedriveView[], now: number, width: number): string {
  if (found.length === 0) return 'There are no redrives.';
  return `${formatTable(redriveColumns(now), found, width)}\n${counted(found.length, 'redrive')}.`;
}

const redriveColumns = (now: number): Column<RedriveView>[] => [
  { title: 'ID', value: ({ redriveId }) => redriveId, isWhole: true },
  { title: 'STATUS', value: ({ status }) => status },
  { title: 'PLANNED', value: ({ createdAt }) => age(createdAt, now) },
  { title: 'ENDED', value: (one) => `${endedMembers(one)} of ${one.plan.members}` },
  { title: 'FAILED', value: ({ counts }) => String(counts.failedAgain), align: 'right' },
  { title: 'WHO', value: ({ actor }) => actor },
  { title: 'BECAUSE', value: ({ stoppedBecause, pausedBecause }) => stoppedBecause ?? pausedBecause },
];
