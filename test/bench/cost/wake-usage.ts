import { type Logged, logBytesOf } from './log-bytes.ts';
import { GB_BYTES, gbSeconds, type Usage } from './usage.ts';

/** A whole idle minute of wake-due, as it was measured here. */
export type IdleMinute = {
  durationMs: number;
  /** Pause between two rounds while it was measured. */
  intervalSeconds: number;
  readUnits: number;
  /** What one of its rounds reads. */
  readUnitsARound: number;
  logged: Logged;
};

export type DeployedWake = { ticksAMonth: number; intervalSeconds: number; memoryMb: number };

/**
 * A loop that looks at once and then after every pause, and ends when its next look would come after its
 * time: how often it looks, and how long it is at work.
 */
export function loopOf(windowSeconds: number, intervalSeconds: number): { rounds: number; busySeconds: number } {
  const rounds = Math.ceil(windowSeconds / intervalSeconds);
  return { rounds, busySeconds: (rounds - 1) * intervalSeconds };
}

/** What wake-due uses a month while nothing is due, at the pace of the deployed stage. */
export function idleWakeUsage(minute: IdleMinute, { ticksAMonth, intervalSeconds, memoryMb }: DeployedWake): Usage[] {
  // Its last look was the last that came in time: the next one would have been too late.
  const looks = Math.floor(minute.durationMs / 1000 / minute.intervalSeconds) + 1;
  const windowSeconds = looks * minute.intervalSeconds;
  const here = loopOf(windowSeconds, minute.intervalSeconds);
  const there = loopOf(windowSeconds, intervalSeconds);
  const overheadSeconds = minute.durationMs / 1000 - here.busySeconds;
  const readsOnce = Math.max(0, minute.readUnits - here.rounds * minute.readUnitsARound);
  const durationMs = (there.busySeconds + overheadSeconds) * 1000;
  return [
    { price: 'lambda.requests', quantity: ticksAMonth },
    { price: 'lambda.gb-seconds-arm64', quantity: ticksAMonth * gbSeconds(durationMs, memoryMb) },
    {
      price: 'dynamodb.read-units',
      quantity: ticksAMonth * (readsOnce + there.rounds * minute.readUnitsARound),
    },
    { price: 'cloudwatch.logs-gb', quantity: (ticksAMonth * logBytesOf(minute.logged, 1)) / GB_BYTES },
  ];
}
