import type { SubscriberView } from '#shared/lane/responses.ts';
import type { RedriveView } from '#shared/redrive/responses.ts';
import { show } from '../session.ts';
import { type Column, formatTable } from '../table.ts';
import { age, counted } from '../text.ts';
import { type Verb, verbCommand } from '../verb.ts';
import { formatRedrives } from './redrives.ts';
import { subscriberColumns } from './status.ts';

/** The subscribers, with their queues. */
export const subscribers: Verb = (run) =>
  verbCommand('subscribers', 'List the subscribers, with their pauses and queues', 'subscribers').action(() =>
    run.read(async (session) => {
      const answer = await session.api.get<{ subscribers: SubscriberView[] }>('/subscribers');
      const { now, terminal } = session;
      return show(session, answer, () => {
        const table = formatTable(subscriberColumns(now()), answer.subscribers, terminal.width);
        return `${table}\n${counted(answer.subscribers.length, 'subscriber')}.`;
      });
    }),
  );

/** Everything that a person has paused. */
export const paused: Verb = (run) =>
  verbCommand('paused', 'List paused subscribers and redrives, with who paused them and why', 'paused').action(() =>
    run.read(async (session) => {
      const lanes = await session.api.get<{ subscribers: SubscriberView[] }>('/subscribers');
      const all = await session.api.get<{ redrives: RedriveView[] }>('/redrives');
      const answer = {
        subscribers: lanes.subscribers.filter(({ state, pause }) => pause !== undefined || state !== 'running'),
        redrives: all.redrives.filter(({ status }) => status === 'paused'),
      };
      return show(session, answer, () => formatPaused(answer, session.now(), session.terminal.width));
    }),
  );

/** @param now epoch milliseconds. @param width of the terminal. */
export function formatPaused(
  { subscribers: found, redrives }: { subscribers: readonly SubscriberView[]; redrives: readonly RedriveView[] },
  now: number,
  width: number,
): string {
  if (found.length + redrives.length === 0) return 'Nothing is paused.';
  const parts = [
    ...(found.length > 0 ? [formatTable(pauseColumns(now), found, width).trimEnd()] : []),
    ...(redrives.length > 0 ? [formatRedrives(redrives, now, width)] : []),
  ];
  return parts.join('\n\n');
}

const pauseColumns = (now: number): Column<SubscriberView>[] => [
  { title: 'SUBSCRIBER', value: ({ subscriber }) => subscriber, isWhole: true },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'FOR', value: ({ pause }) => pause && age(pause.since, now) },
  { title: 'LOSES MESSAGES FROM', value: ({ pause }) => pause?.losesMessagesFrom },
  { title: 'WHO', value: ({ pause }) => pause?.actor },
  { title: 'OWNER', value: ({ pause }) => pause?.owner },
  { title: 'REASON', value: ({ pause }) => pause?.reason },
];
