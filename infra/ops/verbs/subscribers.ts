import type { SubscriberView } from '#shared/lane/responses.ts';
import { show } from '../session.ts';
import { type Column, formatTable } from '../table.ts';
import { age, counted } from '../text.ts';
import { type Verb, verbCommand } from '../verb.ts';
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
  verbCommand('paused', 'List paused subscribers, with who paused them and why', 'paused').action(() =>
    run.read(async (session) => {
      const lanes = await session.api.get<{ subscribers: SubscriberView[] }>('/subscribers');
      const found = lanes.subscribers.filter(({ state, pause }) => pause !== undefined || state !== 'running');
      return show(session, { subscribers: found }, () => formatPaused(found, session.now(), session.terminal.width));
    }),
  );

/** @param now epoch milliseconds. @param width of the terminal. */
export const formatPaused = (found: readonly SubscriberView[], now: number, width: number): string =>
  found.length === 0 ? 'Nothing is paused.' : formatTable(pauseColumns(now), found, width).trimEnd();

const pauseColumns = (now: number): Column<SubscriberView>[] => [
  { title: 'SUBSCRIBER', value: ({ subscriber }) => subscriber, isWhole: true },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'FOR', value: ({ pause }) => pause && age(pause.since, now) },
  { title: 'LOSES MESSAGES FROM', value: ({ pause }) => pause?.losesMessagesFrom },
  { title: 'WHO', value: ({ pause }) => pause?.actor },
  { title: 'OWNER', value: ({ pause }) => pause?.owner },
  { title: 'REASON', value: ({ pause }) => pause?.reason },
];
