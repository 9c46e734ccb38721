import type { UnfinishedNotifications } from '#shared/notification/responses.ts';
import { limitOf, readPages } from '../pages.ts';
import { show } from '../session.ts';
import { type Column, formatTable } from '../table.ts';
import { age, counted } from '../text.ts';
import { type Verb, verbCommand } from '../verb.ts';

type Unfinished = UnfinishedNotifications['notifications'][number];

/** A verb that lists the notifications of all tenants with one status. */
const listing =
  (name: string, status: Unfinished['status'], summary: string): Verb =>
  (run) =>
    verbCommand(name, summary, name, `${name} --limit 1000 --json`)
      .option('--limit <count>', 'how many at most', limitOf, 100)
      .action(({ limit }) =>
        run.read(async (session) => {
          const { entries, isCut } = await readPages<'notifications', Unfinished>(session.api, {
            ...{ path: '/operations/notifications', name: 'notifications', query: { status }, limit },
          });
          const answer = { notifications: entries, isComplete: !isCut };
          return show(session, answer, () => formatUnfinished(answer, session.now(), session.terminal.width));
        }),
      );

/** Notifications whose outcome is not known. */
export const unknown = listing('unknown', 'UNKNOWN', 'List notifications whose outcome is unknown');
/** Notifications that wait for a person. */
export const held = listing('held', 'HELD', 'List notifications that wait for a person (see settle)');
/** Notifications that wait for an attempt. */
export const pending = listing('pending', 'PENDING', 'List notifications that wait for an attempt');

/** @param now epoch milliseconds. @param width of the terminal. */
export function formatUnfinished(
  { notifications, isComplete }: UnfinishedNotifications,
  now: number,
  width: number,
): string {
  if (notifications.length === 0) return 'There are none.';
  const summary = `${counted(notifications.length, 'notification')}${isComplete ? '' : ', and there are more: raise --limit'}.`;
  return `${formatTable(unfinishedColumns(now), notifications, width)}\n${summary}`;
}

const unfinishedColumns = (now: number): Column<Unfinished>[] => [
  { title: 'NOTIFICATION', value: ({ notificationId }) => notificationId, isWhole: true },
  { title: 'TENANT', value: ({ tenant }) => tenant },
  { title: 'CHANNEL', value: ({ channel }) => channel },
  { title: 'FOR', value: ({ since }) => age(since, now) },
  { title: 'ATTEMPTS', value: ({ attempts }) => String(attempts), align: 'right' },
  { title: 'REASON', value: ({ reason }) => reason },
];
