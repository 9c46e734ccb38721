import { DUE_SHARDS } from '#shared/names.ts';
import { type Logged, logBytesOf } from './log-bytes.ts';
import { GB_BYTES, gbSeconds, type Usage } from './usage.ts';

/** A measured idle minute of wake-due. */
export type IdleMinute = {
  durationMs: number;
  /** Pause between two rounds while it was measured. */
  intervalSeconds: number;
  /** All of its reads. */
  readUnits: number;
  /** The reads of its gauges. */
  readUnitsOnce: number;
  /** The reads of one poll of what is due. */
  readUnitsALook: number;
  logged: Logged;
};

export type DeployedWake = { ticksAMonth: number; intervalSeconds: number; memoryMb: number };

/**
 * A loop that polls immediately and then after every pause, and ends if its next poll would be after its end: its number
 * of polls, and its duration.
 */
export function loopOf(windowSeconds: number, intervalSeconds: number): { looks: number; busySeconds: number } {
  const looks = Math.ceil(windowSeconds / intervalSeconds);
  return { looks, busySeconds: (looks - 1) * intervalSeconds };
}

const looksOf = ({ readUnits, readUnitsOnce, readUnitsALook }: IdleMinute): number =>
  (readUnits - readUnitsOnce) / readUnitsALook;

/** Whether it only read its gauges and polled, because nothing was due. */
export const wasIdle = (minute: IdleMinute): boolean => Number.isInteger(looksOf(minute)) && looksOf(minute) > 0;

/**
 * The monthly usage of wake-due while nothing is due, at the rate of the deployed stage.
 * @throws if the measured minute was not idle, because its other work would be counted.
 */
export function idleWakeUsage(minute: IdleMinute, { ticksAMonth, intervalSeconds, memoryMb }: DeployedWake): Usage[] {
  if (!wasIdle(minute)) {
    const { readUnits, readUnitsOnce, readUnitsALook } = minute;
    throw new Error(
      `wake-due read ${readUnits} units, which is not ${readUnitsOnce} and a whole number of times ${readUnitsALook}: ` +
        'it was not idle, or it reads something that test/bench/cost/measure.ts does not know.',
    );
  }
  const windowSeconds = looksOf(minute) * minute.intervalSeconds;
  const here = loopOf(windowSeconds, minute.intervalSeconds);
  const there = loopOf(windowSeconds, intervalSeconds);
  const overheadSeconds = minute.durationMs / 1000 - here.busySeconds;
  const durationMs = (there.busySeconds + overheadSeconds) * 1000;
  return [
    { price: 'lambda.requests', quantity: ticksAMonth },
    { price: 'lambda.gb-seconds-arm64', quantity: ticksAMonth * gbSeconds(durationMs, memoryMb) },
    {
      price: 'dynamodb.read-units',
      quantity: ticksAMonth * (minute.readUnitsOnce + there.looks * minute.readUnitsALook),
    },
    { price: 'cloudwatch.logs-gb', quantity: (ticksAMonth * logBytesOf(minute.logged, 1)) / GB_BYTES },
  ];
}

/** The monthly usage of redrive-on-alarm while nothing is due: it also reads the state of the alarm, consistently. */
export const idleRedriveUsage = (deployed: Omit<DeployedWake, 'intervalSeconds'>): Usage[] => [
  ...idleRunUsage(deployed),
  { price: 'dynamodb.read-units', quantity: deployed.ticksAMonth },
];

/** Duration of an invocation of run-replay or run-redrive that finds nothing due: one round of queries. */
const LOOK_MS = 100;
/** A query that finds nothing, not consistent. */
const UNITS_OF_A_QUERY = 0.5;

/** The monthly usage of run-replay or run-redrive while nothing is due: in each invocation, one query for each shard of the index. */
export const idleRunUsage = ({ ticksAMonth, memoryMb }: Omit<DeployedWake, 'intervalSeconds'>): Usage[] => [
  { price: 'lambda.requests', quantity: ticksAMonth },
  { price: 'lambda.gb-seconds-arm64', quantity: ticksAMonth * gbSeconds(LOOK_MS, memoryMb) },
  { price: 'dynamodb.read-units', quantity: ticksAMonth * DUE_SHARDS * UNITS_OF_A_QUERY },
];

/** Duration of an invocation of watch-lanes: a call for each figure, most of them at the same time. */
const MEASURE_MS = 600;
/** The kinds of due rows that watch-lanes counts. */
const KINDS = 10;

/**
 * The monthly usage of watch-lanes while nothing waits and nothing is paused: a query for each shard of each kind, four rows and
 * the groups of dead letters, an attribute call for each queue, and one write of a row of at most 4 KB.
 */
export const idleLaneUsage = ({
  ticksAMonth,
  memoryMb,
  queues,
}: Omit<DeployedWake, 'intervalSeconds'> & { queues: number }): Usage[] => [
  { price: 'lambda.requests', quantity: ticksAMonth },
  { price: 'lambda.gb-seconds-arm64', quantity: ticksAMonth * gbSeconds(MEASURE_MS, memoryMb) },
  { price: 'dynamodb.read-units', quantity: ticksAMonth * (KINDS * DUE_SHARDS * UNITS_OF_A_QUERY + 6) },
  { price: 'dynamodb.write-units', quantity: ticksAMonth * 4 },
  { price: 'sqs.requests', quantity: ticksAMonth * queues },
];
