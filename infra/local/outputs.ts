import { renameSync, rmSync, writeFileSync } from 'node:fs';
import type { ServiceName } from './gateway/gateway.ts';
import type { Plan } from './template/plan.ts';

/** What a script or a test needs to use a running stage; the same for a deployed one, where it applies. */
export type Outputs = {
  apiUrl: string;
  consoleUrl: string;
  inboxUrl: string;
  controlUrl: string;
  endpoints: Record<ServiceName, string>;
  tableName: string;
  topicArn: string;
  /** By function, of those that read a queue. */
  queues: Record<string, { url: string; dlqUrl: string }>;
  tokens: { acme: string; globex: string; operator: string };
};

/** The queue of each function and where its dead letters go. */
export function queueOutputs({ queueMappings, queues }: Plan): Outputs['queues'] {
  return Object.fromEntries(
    queueMappings.map(({ functionName, queue }) => {
      const deadLetters = queues.find(({ arn }) => arn === queue.redrive?.deadLetterTargetArn);
      return [functionName, { url: queue.url, dlqUrl: deadLetters?.url ?? '' }];
    }),
  );
}

/** Written beside and renamed, so that whoever waits for the file reads all of it. */
export function writeOutputs(file: string, outputs: Outputs): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(outputs, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removeOutputs(file: string): void {
  rmSync(file, { force: true });
}
