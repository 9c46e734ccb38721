import { deadLetterLists } from '#shared/adapters/aws/dynamodb/dead-letter-lists.ts';
import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { decidingRow, decidingRows, letterReader, redriveSets } from '#shared/adapters/aws/dynamodb/redrives.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { executorSettings } from '#shared/adapters/aws/runtime/executor-settings.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/runtime/log.ts';
import { ownTable } from '#shared/adapters/aws/runtime/own-table.ts';
import { plannersOf } from '#shared/adapters/aws/runtime/redrive-planners.ts';
import { secretReader } from '#shared/adapters/aws/runtime/secret.ts';
import { systemClock, systemRandomness, systemTimer } from '#shared/adapters/aws/runtime/system.ts';
import { schemaOfMessage } from '#shared/api/messages.ts';
import { planRoutes } from '#shared/api/routes.ts';
import { serveRoutes } from '#shared/http/route.ts';
import { pausedSubscribers } from '#shared/lane/paused-subscribers.ts';
import { PAUSES } from '#shared/lane/pauses.ts';
import { READINGS } from '#shared/lane/readings.ts';
import { ENV } from '#shared/names.ts';
import { DEAD_LETTER } from '#shared/once/dead-letter.ts';
import type { Editing } from '#shared/redrive/edit.ts';
import { REDRIVE, RESERVATION } from '#shared/redrive/redrive.ts';

const { secretId, tenantClaim, subscribers, messageEdits } = readEnvironment({
  secretId: [ENV.secret, 'text'],
  tenantClaim: [ENV.tenantClaim, 'text'],
  subscribers: [ENV.subscriberNames, 'text'],
  messageEdits: [ENV.messageEdits, 'text'],
});

/** A planning is repeated once at most, because it takes seconds. */
const BUDGET_MS = 5000;
/** A batch of a hundred rows takes longer than one row. */
const CALL_MS = 5000;

const table = ownTable({ timeoutMs: CALL_MS });
const log = jsonLog();

/** Without it, the function answers that the stage permits no edits. It has no permission for them either. */
const editing: Editing | undefined =
  messageEdits === 'on'
    ? {
        letters: stateStore(table, DEAD_LETTER),
        redrives: stateStore(table, REDRIVE),
        reservations: stateStore(table, RESERVATION),
        rowAt: decidingRow(table),
        schemaOf: schemaOfMessage,
      }
    : undefined;

/** Plans redrives. It is a function of its own, because a planning takes the memory and the time of 100,000 dead letters. */
export const handler = invocable(
  log,
  serveRoutes(
    planRoutes(),
    {
      store: onceStore(table),
      letterLists: deadLetterLists(table),
      letterReader: letterReader(table),
      redriveSets: redriveSets(table),
      rowsAt: decidingRows(table),
      pausedSubscribers: pausedSubscribers({
        pauses: stateStore(table, PAUSES),
        readings: stateStore(table, READINGS),
      }),
      plannerOf: plannersOf(subscribers),
      editing,
      secret: secretReader({ secretId }),
      settings: executorSettings(BUDGET_MS),
      clock: systemClock,
      timer: systemTimer,
      random: systemRandomness,
      log,
    },
    { tenantClaim },
  ),
);
