import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { MOST_STATISTICS_DAYS } from '#shared/http/input/query-limits.ts';
import { refuseFaults, type WithQuery } from '#shared/http/query-parameters.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import type { Clock } from '#shared/messaging/system.ts';
import type { Channel } from '#shared/names.ts';
import { added, type ChannelFigures, type Figures, NO_FIGURES, summaryOf } from './figures.ts';
import type { StatisticsStore } from './ports.ts';
import { hoursOf, type StatisticsQuery } from './query.ts';
import type { FiguresView, StatisticsView } from './responses.ts';

export type StatisticsPorts = { statistics: Pick<StatisticsStore, 'readHours'>; clock: Clock };

/** Statistics of a tenant's notifications, by the hour in which they were created. It reads one row per hour. */
export async function getStatistics(
  { tenant, query }: TenantRequest & WithQuery<StatisticsQuery>,
  { statistics, clock }: StatisticsPorts,
): Promise<Reply> {
  const { channel } = query;
  const asked = hoursOf(query, clock.now());
  const { from, to } = typeof asked === 'string' ? refuseFaults([OUT_OF_RANGE[asked]]) : asked;
  const counted = await statistics.readHours(tenant, hourOf(from), hourOf(to - 1));
  const hours = counted.map(({ hour, figures, isPartial }) => ({
    hour: `${hour}:00:00.000Z`,
    figures: figuresFor(figures, channel),
    isPartial,
  }));
  const answer: StatisticsView = {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    ...(channel !== undefined && { channel }),
    total: viewOf(hours.map(({ figures }) => figures).reduce(added, NO_FIGURES)),
    hours: hours
      .filter(({ figures }) => figures.created > 0)
      .map(({ hour, figures, isPartial }) => ({ hour, ...viewOf(figures), ...(isPartial && { isPartial }) })),
  };
  return jsonResponse(JSON.stringify(answer));
}

/** The faults of a range that has only one bound in the query. */
const OUT_OF_RANGE = {
  RANGE_REVERSED: {
    path: '/from',
    code: 'RANGE_REVERSED',
    message: 'from is not before now, so the range is empty.',
    next: 'Give an earlier from, or a later to.',
  },
  RANGE_TOO_LONG: {
    path: '/from',
    code: 'RANGE_TOO_LONG',
    message: `The range from then until now is longer than ${MOST_STATISTICS_DAYS} days.`,
    next: `Give from and to, at most ${MOST_STATISTICS_DAYS} days apart.`,
  },
};

/** `2026-01-31T12` */
const hourOf = (moment: number): string => new Date(moment).toISOString().slice(0, 13);

const figuresFor = (figures: ChannelFigures, channel: Channel | undefined): Figures =>
  channel === undefined ? Object.values(figures).reduce(added, NO_FIGURES) : (figures[channel] ?? NO_FIGURES);

function viewOf({ created, statuses, attempts, doubled, outcomes, toSent, toDelivered }: Figures): FiguresView {
  const [sent, delivered] = [summaryOf(toSent), summaryOf(toDelivered)];
  return {
    created,
    statuses: { ...statuses },
    attempts,
    doubled,
    outcomes: { ...outcomes },
    ...(sent && { toSent: sent }),
    ...(delivered && { toDelivered: delivered }),
  };
}
