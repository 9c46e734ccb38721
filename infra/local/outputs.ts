import { rmSync } from 'node:fs';
import type { StageOutputs } from '../outputs.ts';
import type { ServiceName } from './aws/services.ts';
import type { Plan } from './template/plan.ts';

export { writeOutputs } from '../outputs.ts';

/** The outputs of every stage, and the local cloud's additional ones. */
export type Outputs = StageOutputs & {
  inboxUrl: string;
  controlUrl: string;
  endpoints: Record<ServiceName, string>;
  tokens: { acme: string; globex: string; operator: string };
  /** Folder of the functions' output: `<function>.log`. */
  logsFolder: string;
};

/** The queue of each function and the queue of its dead letters. */
export function queueOutputs({ queueMappings, queues }: Plan): Outputs['queues'] {
  return Object.fromEntries(
    queueMappings.flatMap(({ functionName, queue }) => {
      const deadLetters = queues.find(({ arn }) => arn === queue.redrive?.deadLetterTargetArn);
      // A dead-letter queue has none itself, and belongs to the function that did not handle its messages.
      return deadLetters ? [[functionName, { url: queue.url, dlqUrl: deadLetters.url }]] : [];
    }),
  );
}

export function removeOutputs(file: string): void {
  rmSync(file, { force: true });
}
