import { join } from 'node:path';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { ServiceName } from '../aws/services.ts';
import { NothingToPause } from '../base/failure.ts';
import type { Runner } from '../runner/runner.ts';
import type { Plan } from '../template/plan.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { Mapping } from './mapping.ts';
import { type MappingSwitches, openSwitches } from './mapping-switches.ts';
import { startQueueMapping } from './queue.ts';
import { startSchedule } from './schedule.ts';
import { startStreamMapping } from './stream.ts';

export type MappingsOptions = {
  plan: Plan;
  runner: Runner;
  /** Polling uses the gateway too, because it needs the permissions of the function's role. */
  endpoints: Record<ServiceName, string>;
  /** Folder of the streams' checkpoints. */
  checkpoints: string;
  /** How long a minute of a schedule takes. */
  minuteMs: number;
  log: (line: string) => void;
};

/** All sources that invoke functions without a request. */
export type Mappings = ReturnType<typeof startMappings>;

export function startMappings({ plan, runner, endpoints, checkpoints, minuteMs, log }: MappingsOptions) {
  const { region } = plan;
  const clients: { destroy(): void }[] = [];
  const clientOf = (functionName: string, endpoint: string) => ({
    endpoint,
    region,
    credentials: runner.pollingCredentials(functionName),
    // The poller itself decides when to repeat.
    maxAttempts: 1,
  });
  const switches: MappingSwitches = openSwitches(join(checkpoints, 'disabled-mappings.json'));
  const all: Mapping[] = [
    ...plan.queueMappings.map((mapping) => {
      const sqs = new SQSClient(clientOf(mapping.functionName, endpoints.sqs));
      clients.push(sqs);
      const startsPaused = switches.isDisabled(mapping.uuid);
      return switches.add(
        mapping.uuid,
        startQueueMapping({ mapping, region, sqs, invoke: runner.invoke, startsPaused, log }),
      );
    }),
    ...plan.streamMappings.map((mapping) => {
      const streams = new DynamoDBStreamsClient(clientOf(mapping.functionName, endpoints.dynamodbstreams));
      clients.push(streams);
      const checkpoint = openCheckpoint(join(checkpoints, `${mapping.id}.json`));
      const startsPaused = switches.isDisabled(mapping.uuid);
      return switches.add(
        mapping.uuid,
        startStreamMapping({ mapping, region, streams, checkpoint, invoke: runner.invoke, startsPaused, log }),
      );
    }),
    ...plan.schedules.map((schedule) => startSchedule({ schedule, region, minuteMs, invoke: runner.invoke, log })),
  ];
  const of = (functionName: string): Mapping[] => {
    const found = all.filter((mapping) => mapping.functionName === functionName);
    if (found.length === 0)
      throw new NothingToPause(functionName, [...new Set(all.map((mapping) => mapping.functionName))]);
    return found;
  };
  return {
    /**
     * Pauses the mapping or schedule of a function. Settles when nothing more is taken.
     * @throws NothingToPause that names the functions with a mapping or schedule.
     */
    pause: async (functionName: string): Promise<void> =>
      void (await Promise.all(of(functionName).map((mapping) => mapping.pause()))),
    /** @throws NothingToPause */
    resume(functionName: string): void {
      for (const mapping of of(functionName)) mapping.resume();
    },
    /** The mappings as Lambda's API shows and changes them. */
    switches,
    async stop(): Promise<void> {
      await Promise.all(all.map((mapping) => mapping.stop()));
      for (const client of clients) client.destroy();
    },
  };
}
