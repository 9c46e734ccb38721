import { MOST_STATISTICS_DAYS } from '#shared/http/input/query-limits.ts';
import { echo, parameter, response } from '#shared/http/openapi/components.ts';
import { queryParameter, readFailures } from '#shared/http/openapi/operation-parts.ts';
import { jsonOf } from '#shared/http/openapi/reference.ts';
import { SCOPE } from '#shared/names.ts';
import { statisticsQuerySchema } from '#shared/statistics/query.ts';

const { entries: statisticsParameters } = statisticsQuerySchema;

export const getStatisticsOperation = {
  operationId: 'getStatistics',
  tags: ['Messages'],
  summary: 'Count messages by status and hour, with durations',
  description:
    'Counts the messages that were created in each full hour of the range, by their current status. Hours without ' +
    'messages are omitted. Durations are in milliseconds, from the time when a message could be sent (`sendAt`, or when ' +
    'it was accepted). Median and p95 are at most a fifth too high. Figures are updated within half a minute, or within ' +
    'minutes for a minute with thousands of messages.',
  security: [{ token: [SCOPE.messagesRead] }],
  parameters: [
    queryParameter('channel', statisticsParameters.channel, 'Only messages of this channel.'),
    queryParameter('from', statisticsParameters.from, 'Rounded down to the full hour. Default: a day before `to`.'),
    queryParameter(
      'to',
      statisticsParameters.to,
      `Rounded up to the full hour. Default: now. At most ${MOST_STATISTICS_DAYS} days after \`from\`.`,
    ),
    parameter('CorrelationId'),
  ],
  responses: {
    200: { description: 'The figures.', headers: echo, content: jsonOf('Statistics') },
    400: response('BadRequest'),
    ...readFailures,
  },
};
