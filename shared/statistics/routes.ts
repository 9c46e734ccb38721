import { MOST_STATISTICS_DAYS } from '#shared/http/input/query-limits.ts';
import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { queryParameter, requestRoute } from '#shared/http/route.ts';
import { getStatistics } from './queries.ts';
import { statisticsQuerySchema } from './query.ts';
import { figuresSchema, hourSchema, spreadSchema, statisticsSchema } from './responses.ts';

const { channel, from, to } = statisticsQuerySchema.entries;

export const statisticsQueries = () => [
  requestRoute({
    method: 'GET',
    path: '/notifications/statistics',
    scope: 'messages:read',
    operationId: 'getStatistics',
    tag: 'Messages',
    summary: 'Count messages by status and hour, with durations',
    description:
      'Counts the messages that were created in each full hour of the range, by their current status. Hours without ' +
      'messages are omitted. Durations are in milliseconds, from the time when a message could be sent (`sendAt`, or when ' +
      'it was accepted). Median and p95 are at most a fifth too high. Figures are updated within half a minute, or within ' +
      'minutes for a minute with thousands of messages.',
    parameters: [
      queryParameter('channel', channel, 'Only messages of this channel.'),
      queryParameter('from', from, 'Rounded down to the full hour. Default: a day before `to`.'),
      queryParameter(
        'to',
        to,
        `Rounded up to the full hour. Default: now. At most ${MOST_STATISTICS_DAYS} days after \`from\`.`,
      ),
    ],
    query: statisticsQuerySchema,
    answer: { status: 200, description: 'The figures.', schema: statisticsSchema },
    failures: [400],
    handle: getStatistics,
  }),
];

/** Names in the OpenAPI document. */
export const statisticsSchemas: NamedSchemas = {
  Spread: { schema: spreadSchema, description: 'Distribution of a duration, in milliseconds.' },
  Figures: { schema: figuresSchema },
  HourFigures: { schema: hourSchema },
  Statistics: { schema: statisticsSchema },
};
