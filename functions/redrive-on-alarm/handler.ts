import type { Context } from 'aws-lambda';
import { automaticRedriveList } from '#shared/adapters/aws/dynamodb/automatic-redrives.ts';
import { deadLetterLists } from '#shared/adapters/aws/dynamodb/dead-letter-lists.ts';
import { dueIndex } from '#shared/adapters/aws/dynamodb/due.ts';
import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { decidingRows, letterReader, redriveSets } from '#shared/adapters/aws/dynamodb/redrives.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { cloudWatchCounters } from '#shared/adapters/aws/runtime/counters.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { executorSettings } from '#shared/adapters/aws/runtime/executor-settings.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/runtime/log.ts';
import { ownTable } from '#shared/adapters/aws/runtime/own-table.ts';
import { plannersOf } from '#shared/adapters/aws/runtime/redrive-planners.ts';
import { systemClock, systemRandomness, systemTimer } from '#shared/adapters/aws/runtime/system.ts';
import { ALARM_STATE } from '#shared/automatic-redrive/alarm-state.ts';
import { AUTOMATIC_REDRIVE } from '#shared/automatic-redrive/automatic-redrive.ts';
import { controlRedrives } from '#shared/automatic-redrive/controller.ts';
import type { ControllerPorts } from '#shared/automatic-redrive/ports.ts';
import { redriveRounds } from '#shared/automatic-redrive/rounds.ts';
import { pausedSubscribers } from '#shared/lane/paused-subscribers.ts';
import { PAUSES } from '#shared/lane/pauses.ts';
import { READINGS } from '#shared/lane/readings.ts';
import { ENV } from '#shared/names.ts';
import { DEAD_LETTER_GROUP } from '#shared/once/dead-letter.ts';
import { readableDue } from '#shared/once/readable-due.ts';
import { REDRIVE, RESERVATION } from '#shared/redrive/redrive.ts';

const { subscribers, alarm, automaticRedrives, coolDownSeconds, calmSeconds } = readEnvironment({
  subscribers: [ENV.subscriberNames, 'text'],
  alarm: [ENV.deadLetterAlarm, 'text'],
  automaticRedrives: [ENV.automaticRedrives, 'text'],
  coolDownSeconds: [ENV.coolDownSeconds, 'number'],
  calmSeconds: [ENV.calmSeconds, 'number'],
});

/** A batch of a hundred rows takes longer than one row. */
const CALL_MS = 5000;
const BUDGET_MS = 5000;

/** The share of its time in which a look is begun. The rest is reserved for the planning of the largest group: 40 s of a minute. */
const SHARE_TO_BEGIN = 1 / 3;

const table = ownTable({ timeoutMs: CALL_MS });
const log = jsonLog();
const counters = cloudWatchCounters();
const letterLists = deadLetterLists(table);
const system = { clock: systemClock, timer: systemTimer, random: systemRandomness, log };

const readings = stateStore(table, READINGS);
const paused = pausedSubscribers({ pauses: stateStore(table, PAUSES), readings });

const ports: ControllerPorts = {
  automatic: stateStore(table, AUTOMATIC_REDRIVE),
  automaticList: automaticRedriveList(table),
  alarmStates: stateStore(table, ALARM_STATE),
  alarm,
  readings,
  letterGroups: stateStore(table, DEAD_LETTER_GROUP),
  letterLists,
  rounds: redriveRounds({
    ...system,
    store: onceStore(table),
    settings: executorSettings(BUDGET_MS),
    redrives: stateStore(table, REDRIVE),
    reservations: stateStore(table, RESERVATION),
    letterLists,
    letterReader: letterReader(table),
    redriveSets: redriveSets(table),
    rowsAt: decidingRows(table),
    plannerOf: plannersOf(subscribers),
    pausedSubscribers: paused,
  }),
  pausedSubscribers: paused,
  due: readableDue(dueIndex(table), { ...system, counters }),
  isEnabled: automaticRedrives === 'on',
  pace: { coolDownMs: coolDownSeconds * 1000, calmMs: calmSeconds * 1000 },
  counters,
  clock: systemClock,
  log,
};

/** The dead-letter alarm invokes it when it fires and when it ends, and a schedule every minute. */
export const handler = invocable(log, (event: unknown, context: Context) =>
  controlRedrives(event, systemClock.now() + context.getRemainingTimeInMillis() * SHARE_TO_BEGIN, ports),
);
