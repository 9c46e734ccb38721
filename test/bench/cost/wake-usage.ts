import { type Logged, logBytesOf } from './log-bytes.ts';
import { GB_BYTES, gbSeconds, type Usage } from './usage.ts';

/** A whole idle minute of wake-due, as it was measured here. */
export type IdleMinute = {
  durationMs: number;
  /** Pause between two rounds while it was measured. */
  intervalSeconds: number;
  /** All that it read. */
  readUnits: number;
  /** What it reads for its gauges. */
  readUnitsOnce: number;
  /** What one of its looks for what is due reads. */
  readUnitsALook: number;
  logged: Logged;
};

export type DeployedWake = { ticksAMonth: number; intervalSeconds: number; memoryMb: number };

/**
 * A loop that looks at once and then after every pause, and ends when its next look would come after its
 * time: how often it looks, and how long it is at work.
 */
export function loopOf(windowSeconds: number, intervalSeconds: number): { looks: number; busySeconds: number } {
  const looks = Math.ceil(windowSeconds / intervalSeconds);
  return { looks, busySeconds: (looks - 1) * intervalSeconds };
}

const looksOf = ({ readUnits, readUnitsOnce, readUnitsALook }: IdleMinute): number =>
  (readUnits - readUnitsOnce) / readUnitsALook;

/** Whether it read its gauges, looked for what is due, and did nothing else: then it found nothing to do. */
const wasIdle = (minute: IdleMinute): boolean => Number.isInteger(looksOf(minute)) && looksOf(minute) > 0;

/**
 * What wake-due uses a month while nothing is due, at the pace of the deployed stage.
 * @throws if the measured minute was not idle: what it did beside would have to be counted too.
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
