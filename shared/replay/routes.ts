import { DERIVED_ID } from '#shared/http/derived-id.ts';
import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { commandRoute, pathParameter, stageRoute } from '#shared/http/route.ts';
import { startReplay, stopReplay } from './commands.ts';
import { getReplay, listReplays } from './queries.ts';
import { REPLAY_BODY_BYTES, startReplaySchema, stopReplaySchema } from './requests.ts';
import { replaySchema, replaysSchema, skippedSchema } from './responses.ts';

const OF_OPERATORS = { scope: 'operations', tag: 'Operations' } as const;

const replayId = pathParameter('ReplayId', DERIVED_ID);

export const replayCommands = () => [
  commandRoute({
    ...OF_OPERATORS,
    isOfStage: true,
    path: '/replays',
    operationId: 'startReplay',
    summary: 'Build a read model again from stored messages',
    description:
      'Builds new rows beside those that are read, from the messages of all commands, while new messages arrive. Then ' +
      'the new rows are read, all from the same moment, and the old ones are deleted. It sends nothing. With `tenant`, ' +
      'only the rows of this tenant are built. With `from`, earlier messages are not applied: a row whose messages are ' +
      'all earlier is copied. One replay of a read model runs at a time.',
    body: {
      schema: startReplaySchema,
      maximumBytes: REPLAY_BODY_BYTES,
      example: { projection: 'orders', tenant: 'acme' },
    },
    answer: { status: 202, description: 'The replay has started.', schema: replaySchema, hasLocation: true },
    handle: startReplay,
  }),
  commandRoute({
    ...OF_OPERATORS,
    isOfStage: true,
    path: '/replays/{replayId}/stop',
    operationId: 'stopReplay',
    summary: 'Stop a replay',
    description:
      'The rows that are read do not change, and the new ones are deleted. When the new rows are read already, it is too ' +
      'late to stop.',
    parameters: [replayId],
    body: { schema: stopReplaySchema, maximumBytes: REPLAY_BODY_BYTES, example: {} },
    answer: { status: 200, description: 'The replay is stopped.', schema: replaySchema },
    failures: [404],
    handle: stopReplay,
  }),
];

export const replayQueries = () => [
  stageRoute({
    ...OF_OPERATORS,
    method: 'GET',
    path: '/replays',
    operationId: 'listReplays',
    summary: 'List replays, latest first',
    description: 'The latest 100 replays of all read models. Only for operators.',
    answer: { status: 200, description: 'Latest first.', schema: replaysSchema },
    handle: listReplays,
  }),
  stageRoute({
    ...OF_OPERATORS,
    method: 'GET',
    path: '/replays/{replayId}',
    operationId: 'getReplay',
    summary: 'Get the progress of a replay',
    description:
      '`done`: every request reads the new rows. `skipped` names the messages that cannot be read. When it arrives ' +
      'normally, it becomes a dead letter.',
    parameters: [replayId],
    answer: { status: 200, description: 'The progress.', schema: replaySchema },
    failures: [404],
    handle: getReplay,
  }),
];

/** Names in the OpenAPI document. */
export const replaySchemas: NamedSchemas = {
  StartReplay: { schema: startReplaySchema },
  StopReplay: { schema: stopReplaySchema, description: 'No fields.' },
  Replay: { schema: replaySchema },
  Replays: { schema: replaysSchema },
  SkippedMessage: { schema: skippedSchema },
};
