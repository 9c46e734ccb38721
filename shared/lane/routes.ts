import { auditEntrySchema } from '#shared/dead-letter/responses.ts';
import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { commandRoute, pathParameter, stageRoute } from '#shared/http/route.ts';
import { pauseSubscriber, resumeSubscriber } from './commands.ts';
import { getStatus, listSubscribers } from './queries.ts';
import { pauseSchema, resumeSchema, SUBSCRIBER_BODY_BYTES, SUBSCRIBER_NAME } from './requests.ts';
import {
  channelLaneSchema,
  dueLaneSchema,
  pauseViewSchema,
  statusSchema,
  subscriberSchema,
  subscribersSchema,
} from './responses.ts';

const OF_OPERATORS = { scope: 'operations', tag: 'Operations' } as const;

const subscriber = pathParameter('Subscriber', SUBSCRIBER_NAME);

export const laneCommands = () => [
  commandRoute({
    ...OF_OPERATORS,
    isOfStage: true,
    path: '/subscribers/{subscriber}/pause',
    operationId: 'pauseSubscriber',
    summary: 'Pause a subscriber',
    description:
      'Its messages wait in its queue until it is resumed. `watch-lanes` disables its event source mapping within a minute, ' +
      'and AWS takes up to another minute; messages that are handled at that time are finished. The queue keeps a message ' +
      'for `retentionSeconds`: resume before `losesMessagesFrom`.',
    parameters: [subscriber],
    body: {
      schema: pauseSchema,
      maximumBytes: SUBSCRIBER_BODY_BYTES,
      example: { reason: 'The provider asked us to stop sending.', owner: 'mail team' },
    },
    answer: { status: 202, description: 'The audit entry. The pause takes effect later.', schema: auditEntrySchema },
    failures: [404],
    handle: pauseSubscriber,
  }),
  commandRoute({
    ...OF_OPERATORS,
    isOfStage: true,
    path: '/subscribers/{subscriber}/resume',
    operationId: 'resumeSubscriber',
    summary: 'Resume a paused subscriber',
    description: 'It handles the messages that have waited, oldest first as far as SQS sorts them, at its usual rate.',
    parameters: [subscriber],
    body: { schema: resumeSchema, maximumBytes: SUBSCRIBER_BODY_BYTES, example: { reason: 'The provider is back.' } },
    answer: { status: 202, description: 'The audit entry. The subscriber runs later.', schema: auditEntrySchema },
    failures: [404],
    handle: resumeSubscriber,
  }),
];

export const laneQueries = () => [
  stageRoute({
    ...OF_OPERATORS,
    method: 'GET',
    path: '/subscribers',
    operationId: 'listSubscribers',
    summary: 'List the subscribers, with their pauses and queues',
    description: 'Pauses are those of this moment. Figures are measured every minute. Only for operators.',
    answer: { status: 200, description: 'By name.', schema: subscribersSchema },
    handle: listSubscribers,
  }),
  stageRoute({
    ...OF_OPERATORS,
    method: 'GET',
    path: '/operations/status',
    operationId: 'getStatus',
    summary: 'Get what waits in every lane',
    description:
      'The queues of all subscribers, and the rows that wait for their time or for a person. The figures were measured at ' +
      '`measuredAt`, once a minute, so the answer takes the same time for any number of waiting items.',
    answer: { status: 200, description: 'All lanes.', schema: statusSchema },
    handle: getStatus,
  }),
];

/** Names in the OpenAPI document. */
export const laneSchemas: NamedSchemas = {
  PauseSubscriber: { schema: pauseSchema },
  ResumeSubscriber: { schema: resumeSchema },
  Pause: { schema: pauseViewSchema },
  Subscriber: { schema: subscriberSchema },
  Subscribers: { schema: subscribersSchema },
  DueLane: { schema: dueLaneSchema },
  ChannelLane: { schema: channelLaneSchema },
  Status: { schema: statusSchema },
};
