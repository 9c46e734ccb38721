import type { DeadLetterGroupView } from '#shared/dead-letter/responses.ts';
import { show } from '../session.ts';
import { type Column, formatTable } from '../table.ts';
import { age, counted } from '../text.ts';
import { type Verb, verbCommand } from '../verb.ts';

/** Open dead letters by their cause. */
export const groups: Verb = (run) =>
  verbCommand('groups', 'List open dead letters by their cause', 'groups', 'groups --json').action(() =>
    run.read(async (session) => {
      const answer = await session.api.get<{ groups: DeadLetterGroupView[] }>('/dead-letters/groups');
      return show(session, answer, () => formatGroups(answer.groups, session.now(), session.terminal.width));
    }),
  );

/** @param now epoch milliseconds. @param width of the terminal. */
export function formatGroups(found: readonly DeadLetterGroupView[], now: number, width: number): string {
  if (found.length === 0) return 'No dead letters are open.';
  const total = found.reduce((sum, { count }) => sum + count, 0);
  const summary = `${counted(total, 'open dead letter')} in ${counted(found.length, 'group')}, the oldest first.`;
  return `${formatTable(groupColumns(now), found, width)}\n${summary}`;
}

const groupColumns = (now: number): Column<DeadLetterGroupView>[] => [
  { title: 'FINGERPRINT', value: ({ fingerprint }) => fingerprint, isWhole: true },
  { title: 'OPEN', value: ({ count }) => String(count), align: 'right' },
  { title: 'SUBSCRIBER', value: ({ subscriber }) => subscriber },
  { title: 'REASON', value: ({ reason }) => reason },
  { title: 'ERROR', value: errorOf },
  { title: 'OLDEST', value: ({ firstSeenAt }) => age(firstSeenAt, now) },
  { title: 'LATEST', value: ({ lastSeenAt }) => age(lastSeenAt, now) },
  { title: 'AUTOMATIC', value: ({ automaticRedrive }) => automaticRedrive && automaticOf(automaticRedrive) },
  { title: 'OWNER', value: ({ owner }) => owner },
  { title: 'NOTE', value: ({ note }) => note },
];

/** What failed, and where: groups of one subscriber with one reason differ in it. A message that is poison has no other error. */
function errorOf({ errorName, frames: [frame] = [] }: DeadLetterGroupView): string | undefined {
  if (errorName === undefined || errorName === 'PoisonMessage') return undefined;
  return frame === undefined ? errorName : `${errorName} at ${frame}`;
}

/** How far the automatic redrives of a group are, and what they leave for a person. */
function automaticOf({ status, because, left = [] }: NonNullable<DeadLetterGroupView['automaticRedrive']>): string {
  const leaves = left.map(({ reason, count }) => `${count} ${reason}`).join(', ');
  return `${status}${because === undefined ? '' : ` (${because})`}${leaves === '' ? '' : `, leaves ${leaves}`}`;
}
