import { randomUUID } from 'node:crypto';
import { messageOf } from '../failure.ts';
import { ACCOUNT_ID } from '../template/physical.ts';
import type { SchedulePlan } from '../template/plan.ts';
import type { Invoke, Mapping } from './mapping.ts';

export type ScheduleOptions = { schedule: SchedulePlan; region: string; invoke: Invoke; log: (line: string) => void };

/**
 * Invokes a function now and then at its rate. As at AWS nobody waits for an invocation to end before
 * the next one begins.
 */
export function startSchedule({ schedule, region, invoke, log }: ScheduleOptions): Mapping {
  const { functionName, everyMinutes } = schedule;
  let paused = false;
  let stopped = false;
  const fire = async (): Promise<void> => {
    if (paused) return;
    try {
      await invoke(functionName, scheduledEvent(schedule, region));
    } catch (error) {
      // An invocation that the end of everything cut off is no failure.
      if (!stopped) log(`${functionName}: its scheduled invocation failed: ${messageOf(error)}`);
    }
  };
  const timer = setInterval(() => void fire(), everyMinutes * 60_000);
  void fire();
  return {
    functionName,
    async pause() {
      paused = true;
    },
    resume() {
      if (!paused) return;
      paused = false;
      // A person who resumes waits for it to happen, not for up to a minute.
      void fire();
    },
    async stop() {
      clearInterval(timer);
      stopped = true;
      paused = true;
    },
  };
}

/** What EventBridge Scheduler sends where a target has no input of its own. */
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
