import type { ChannelLaneView, DueLaneView, StatusView, SubscriberView } from '#shared/lane/responses.ts';
import { show } from '../session.ts';
import { type Column, formatTable } from '../table.ts';
import { age, duration } from '../text.ts';
import { type Verb, verbCommand } from '../verb.ts';

/** What waits in every lane. */
export const status: Verb = (run) =>
  verbCommand('status', 'Show what waits in every lane, and what is stuck', 'status', 'status --json').action(() =>
    run.read(async (session) => {
      const answer = await session.api.get<StatusView>('/operations/status');
      return show(session, answer, () => formatStatus(answer, session.now(), session.terminal.width));
    }),
  );

/** Older figures than this, in seconds, are not those of a running stage. */
const STALE_SECONDS = 120;

/** @param now epoch milliseconds. @param width of the terminal. */
export function formatStatus(answer: StatusView, now: number, width: number): string {
  const { subscribers, due, channels, ageSeconds, unknown, held, dead, paused, isCapped } = answer;
  const totals = `${unknown} unknown, ${held} held, ${dead} dead, ${paused} paused${isCapped ? ' (at least)' : ''}`;
  const measured = ageSeconds === undefined ? 'not measured yet' : `measured ${duration(ageSeconds * 1000)} ago`;
  const isStale = ageSeconds === undefined || ageSeconds > STALE_SECONDS;
  const waiting = due.filter(({ count }) => count > 0);
  const stuck = channels.filter((one) => one.unknown + one.held > 0 || one.circuit?.status === 'open');
  return [
    formatTable(subscriberColumns(now), subscribers, width),
    ...(waiting.length > 0 ? [formatTable(dueColumns(now), waiting, width)] : []),
    ...(stuck.length > 0 ? [formatTable(CHANNEL_COLUMNS, stuck, width)] : []),
    `${totals}; ${measured}.`,
    ...(isStale ? ['These figures are old: watch-lanes does not run.'] : []),
  ].join('\n');
}

/** The columns of a subscriber. @param now epoch milliseconds. */
export const subscriberColumns = (now: number): Column<SubscriberView>[] => [
  { title: 'SUBSCRIBER', value: ({ subscriber }) => subscriber },
  { title: 'STATE', value: ({ state, circuit }) => (circuit?.status === 'open' ? `${state}, circuit open` : state) },
  { title: 'WAITING', value: ({ waiting }) => numberText(waiting), align: 'right' },
  { title: 'SINCE', value: ({ waitingSince }) => waitingSince && age(waitingSince, now) },
  { title: 'IN/MIN', value: ({ inPerMinute }) => rateText(inPerMinute), align: 'right' },
  { title: 'OUT/MIN', value: ({ outPerMinute }) => rateText(outPerMinute), align: 'right' },
  { title: 'IN FLIGHT', value: ({ inFlight }) => numberText(inFlight), align: 'right' },
  { title: 'DELAYED', value: ({ delayed }) => (delayed ? String(delayed) : undefined), align: 'right' },
  {
    title: 'DEAD',
    value: ({ dead: { count, isCapped } }) => (count === 0 ? undefined : `${count}${isCapped ? '+' : ''}`),
    align: 'right',
  },
];

const CHANNEL_COLUMNS: Column<ChannelLaneView>[] = [
  { title: 'CHANNEL', value: ({ channel }) => channel },
  { title: 'UNKNOWN', value: ({ unknown, isCapped }) => `${unknown}${isCapped ? '+' : ''}`, align: 'right' },
  { title: 'HELD', value: ({ held, isCapped }) => `${held}${isCapped ? '+' : ''}`, align: 'right' },
  { title: 'CIRCUIT', value: ({ circuit }) => circuit && [circuit.status, circuit.because].filter(Boolean).join(', ') },
];

/** A rate that is not known or 0 shows nothing. */
const rateText = (rate: number | undefined): string | undefined => (rate ? String(rate) : undefined);

/** What was added minus what was finished. Rows whose count does not change show nothing. */
const signed = (change: number | undefined): string | undefined =>
  change ? `${change > 0 ? '+' : ''}${change}` : undefined;

/** A figure that could not be read is not 0. */
const numberText = (figure: number | undefined): string => (figure === undefined ? '?' : String(figure));

const dueColumns = (now: number): Column<DueLaneView>[] => [
  { title: 'ROWS THAT WAIT', value: ({ kind }) => kind },
  { title: 'COUNT', value: ({ count, isCapped }) => `${count}${isCapped ? '+' : ''}`, align: 'right' },
  { title: 'CHANGE/MIN', value: ({ changePerMinute }) => signed(changePerMinute), align: 'right' },
  { title: 'OLDEST', value: ({ oldestDueAt }) => oldestDueAt && whenDue(oldestDueAt, now) },
];

const whenDue = (at: string, now: number): string =>
  Date.parse(at) > now ? `due in ${duration(Date.parse(at) - now)}` : `overdue for ${age(at, now)}`;
