import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { startQueueMapping } from '#infra/local/mappings/queue.ts';

const messages: Message[] = ['a', 'b', 'c'].map((MessageId) => ({
  MessageId,
  ReceiptHandle: `handle of ${MessageId}`,
  Body: '',
}));

/** Delivers the three messages once; resolves with what was deleted, or nothing when the mapping polls again without. */
async function deliver(invoke: () => unknown, reportsItemFailures: boolean) {
  const lines: string[] = [];
  const deleted: string[] = [];
  const inputs: Record<string, unknown>[] = [];
  const again = Promise.withResolvers<void>();
  const send = async (
    { input }: { input: Record<string, unknown> },
    { abortSignal }: { abortSignal?: AbortSignal } = {},
  ) => {
    inputs.push(input);
    if (input.Entries) {
      deleted.push(...(input.Entries as { ReceiptHandle: string }[]).map(({ ReceiptHandle }) => ReceiptHandle));
      return {};
    }
    if (inputs.length === 1) return { Messages: messages };
    again.resolve();
    return new Promise((resolve) => abortSignal?.addEventListener('abort', resolve));
  };
  const mapping = startQueueMapping({
    mapping: {
      uuid: 'mapping',
      functionName: 'send-email',
      sourceArn: 'arn:queue',
      batchSize: 3,
      reportsItemFailures,
      maximumConcurrency: 1,
      queue: { name: 'queue', arn: 'arn:queue', url: 'http://queue', visibilityTimeoutSeconds: 1 },
    },
    region: 'eu-x-1',
    // Of the client, a mapping uses `send` alone.
    sqs: { send } as unknown as SQSClient,
    invoke: async () => invoke(),
    log: (line) => lines.push(line),
  });
  await again.promise;
  await mapping.stop();
  return { deleted, lines, received: inputs[0] };
}

describe('A queue mapping', () => {
  it('asks for a batch, with everything on it, and waits for one', async () => {
    const { received } = await deliver(() => null, true);
    assert.deepEqual(received, {
      QueueUrl: 'http://queue',
      MaxNumberOfMessages: 3,
      WaitTimeSeconds: 20,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    });
  });

  it('deletes a batch that succeeded', async () => {
    const { deleted } = await deliver(() => ({ batchItemFailures: [] }), true);
    assert.deepEqual(deleted, ['handle of a', 'handle of b', 'handle of c']);
  });

  it('keeps the messages that failed', async () => {
    const { deleted } = await deliver(() => ({ batchItemFailures: [{ itemIdentifier: 'b' }] }), true);
    assert.deepEqual(deleted, ['handle of a', 'handle of c']);
  });

  it('keeps all of them when the function failed', async () => {
    const { deleted, lines } = await deliver(() => {
      throw new Error('no');
    }, true);
    assert.deepEqual(deleted, []);
    assert.match(lines[0] ?? '', /a batch of 3 failed and stays in its queue: no/);
  });

  it('reads no list of failures unless the template enables it', async () => {
    const { deleted } = await deliver(() => ({ batchItemFailures: [{ itemIdentifier: 'b' }] }), false);
    assert.equal(deleted.length, 3);
  });
});
