import { randomUUID } from 'node:crypto';
import { messageOf } from '../base/failure.ts';
import type { Invoke } from '../base/invoke.ts';
import { ACCOUNT_ID } from '../template/physical.ts';
import type { SchedulePlan } from '../template/plan.ts';
import type { Mapping } from './mapping.ts';

export type ScheduleOptions = {
  schedule: SchedulePlan;
  region: string;
  /** How long a minute of its rate takes. */
  minuteMs: number;
  invoke: Invoke;
  log: (line: string) => void;
};

/**
 * Invokes a function immediately and then at its rate. As at AWS, the next invocation does not wait for the end of the
 * one before.
 */
export function startSchedule({ schedule, region, minuteMs, invoke, log }: ScheduleOptions): Mapping {
  const { functionName, everyMinutes } = schedule;
  let paused = false;
  let stopped = false;
  const fire = async (): Promise<void> => {
    if (paused) return;
    try {
      await invoke(functionName, scheduledEvent(schedule, region));
    } catch (error) {
      // An invocation that the stop interrupted is not a failure.
      if (!stopped) log(`${functionName}: its scheduled invocation failed: ${messageOf(error)}`);
    }
  };
  const timer = setInterval(() => void fire(), everyMinutes * minuteMs);
  void fire();
  return {
    functionName,
    async pause() {
      paused = true;
    },
    resume() {
      if (!paused) return;
      paused = false;
      // Invoked immediately, so that a person who resumes it does not wait up to a minute.
      void fire();
    },
    async stop() {
      clearInterval(timer);
      stopped = true;
      paused = true;
    },
  };
}

/** The event of EventBridge Scheduler for a target without an input. */
function scheduledEvent({ arn }: SchedulePlan, region: string): Record<string, unknown> {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: ACCOUNT_ID,
    time: new Date().toISOString(),
    region,
    resources: [arn],
    detail: '{}',
  };
}
