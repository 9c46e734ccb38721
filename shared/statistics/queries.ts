import { type HttpEvent, type HttpResponse, jsonResponse } from '#shared/http/event.ts';
import { QUERY_FAULTS } from '#shared/http/input/fault-texts.ts';
import { MOST_STATISTICS_DAYS } from '#shared/http/input/query-limits.ts';
import { parseQuery, refuseFaults } from '#shared/http/query-parameters.ts';
import type { OfTenant } from '#shared/http/tenant.ts';
import type { Clock } from '#shared/messaging/system.ts';
import type { Channel } from '#shared/names.ts';
import { added, type ChannelFigures, type Figures, NO_FIGURES, summaryOf } from './figures.ts';
import type { StatisticsStore } from './ports.ts';
import { type Hours, hoursOf, type StatisticsQuery, statisticsQuerySchema } from './query.ts';
import type { FiguresView, StatisticsView } from './responses.ts';

export type StatisticsPorts = { statistics: Pick<StatisticsStore, 'readHours'>; clock: Clock };

/** Statistics of a tenant's notifications, by the hour in which they were created. It reads one row per hour. */
export async function getStatistics(
  event: HttpEvent & OfTenant,
  { statistics, clock }: StatisticsPorts,
): Promise<HttpResponse> {
  const { query, faults } = parseQuery(event, statisticsQuerySchema, QUERY_FAULTS);
  const range = query && hoursOf(query, clock.now());
  refuseFaults(query && !range ? [OUT_OF_RANGE] : faults);
  const { channel } = query as StatisticsQuery;
  const { from, to } = range as Hours;
  const counted = await statistics.readHours(event.tenant, hourOf(from), hourOf(to - 1));
  const hours = counted.map(({ hour, figures, isPartial }) => ({
    hour: `${hour}:00:00.000Z`,
    figures: figuresFor(figures as ChannelFigures, channel),
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
  return jsonResponse(200, JSON.stringify(answer));
}

const OUT_OF_RANGE = {
  path: '/from',
  code: 'RANGE_TOO_LONG',
  message: `from is not before to, or is more than ${MOST_STATISTICS_DAYS} days before it.`,
  next: `Give from and to, at most ${MOST_STATISTICS_DAYS} days apart.`,
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
