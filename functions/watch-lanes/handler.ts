import type { Context } from 'aws-lambda';
import { deadLetterLists } from '#shared/adapters/aws/dynamodb/dead-letter-lists.ts';
import { cappedGaugeOfKind, channelsOfKind } from '#shared/adapters/aws/dynamodb/gauges.ts';
import { handledStore } from '#shared/adapters/aws/dynamodb/handled.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/runtime/log.ts';
import { cloudWatchGauges } from '#shared/adapters/aws/runtime/metrics.ts';
import { ownTable } from '#shared/adapters/aws/runtime/own-table.ts';
import { systemClock, systemTimer } from '#shared/adapters/aws/runtime/system.ts';
import { watchedSubscribers } from '#shared/adapters/aws/runtime/watched-subscribers.ts';
import { ATTACHMENT_DUE } from '#shared/attachment/attachment.ts';
import { AUTOMATIC_REDRIVE_DUE } from '#shared/automatic-redrive/automatic-redrive.ts';
import { CIRCUIT } from '#shared/delivery/circuit.ts';
import { ERASURE_DUE } from '#shared/erasure/erasure.ts';
import { FALLBACK_DUE } from '#shared/fallback/due.ts';
import { measure } from '#shared/lane/measure.ts';
import { PAUSES } from '#shared/lane/pauses.ts';
import { READINGS } from '#shared/lane/readings.ts';
import { switchUntil } from '#shared/lane/switching.ts';
import { ENV } from '#shared/names.ts';
import { HELD_KIND, NOTIFICATION_DUE, UNKNOWN_DUE } from '#shared/notification/due.ts';
import { OUTBOX_DUE } from '#shared/once/due.ts';
import { REDRIVE_DUE } from '#shared/redrive/redrive.ts';
import { REMINDER_DUE } from '#shared/reminder/due.ts';
import { REPLAY_DUE } from '#shared/replay/replay.ts';
import { STATISTICS_DUE } from '#shared/statistics/due.ts';

const settings = readEnvironment({
  subscribers: [ENV.subscribers, 'text'],
  anyQueue: [ENV.anyQueue, 'text'],
  pauseCheckSeconds: [ENV.pauseCheckSeconds, 'number'],
});
const table = ownTable();

/** Every kind of due rows, except dead letters, which are counted by their groups. */
const KINDS = [
  OUTBOX_DUE,
  NOTIFICATION_DUE,
  UNKNOWN_DUE,
  ATTACHMENT_DUE,
  ERASURE_DUE,
  STATISTICS_DUE,
  REMINDER_DUE,
  FALLBACK_DUE,
  REPLAY_DUE,
  REDRIVE_DUE,
  AUTOMATIC_REDRIVE_DUE,
];

const ports = {
  ...watchedSubscribers(settings.subscribers, settings.anyQueue),
  kinds: [...KINDS.map(({ name }) => name), HELD_KIND],
  kindsByChannel: [UNKNOWN_DUE.name, HELD_KIND],
  readings: stateStore(table, READINGS),
  pauses: stateStore(table, PAUSES),
  circuits: stateStore(table, CIRCUIT),
  handled: handledStore(table),
  due: {
    cappedGaugeOf: (kind: string) => cappedGaugeOfKind(table, kind),
    channelsOf: (kind: string) => channelsOfKind(table, kind),
  },
  letterLists: deadLetterLists(table),
  gauges: cloudWatchGauges,
  clock: systemClock,
  timer: systemTimer,
  log: jsonLog(),
};

/** Reserved, so that a look that has started can finish before the function times out. */
const LOOK_MS = 5000;

/** Applies pauses, and measures all lanes. It starts every minute. */
export const handler = invocable(ports.log, async (_event: unknown, context: Context): Promise<void> => {
  const until = systemClock.now() + context.getRemainingTimeInMillis() - LOOK_MS;
  const pauseCheckMs = settings.pauseCheckSeconds * 1000;
  await Promise.all([switchUntil(until, pauseCheckMs, ports), measure(ports)]);
});
