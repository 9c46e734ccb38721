import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Outputs } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import type { Plan } from './plan.ts';
import type { PlannedPoison } from './plan-operators.ts';

/** Another program that sends texts to queues of subscribers that they cannot read. */

const LOOK_EVERY_MS = 200;
const PATIENCE_MS = 120_000;

export async function sendPoison(
  { plan, placed }: { plan: Pick<Plan, 'poison'>; placed(): number },
  outputs: () => Outputs,
): Promise<void> {
  for (const poison of plan.poison) {
    while (placed() < poison.afterOrder) await sleep(LOOK_EVERY_MS);
    // The engine may have been killed. A text that was sent twice is one dead letter.
    await eventually('the queue to take a message', () => sendOne(poison, outputs()), PATIENCE_MS);
  }
}

async function sendOne({ subscriber, text }: PlannedPoison, { endpoints, queues }: Outputs): Promise<true> {
  const credentials = { accessKeyId: 'stranger', secretAccessKey: 'stranger' };
  const sqs = new SQSClient({ endpoint: endpoints.sqs, region: 'eu-central-1', credentials });
  try {
    await sqs.send(new SendMessageCommand({ QueueUrl: queues[subscriber]?.url, MessageBody: text }));
    return true;
  } finally {
    sqs.destroy();
  }
}
