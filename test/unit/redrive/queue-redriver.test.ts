import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type SendMessageBatchCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { queueRedriver } from '#shared/adapters/aws/runtime/queue-redriver.ts';
import { recorded } from '#shared/once/dead-letter.ts';
import { memoryLog } from '#test/support/ports.ts';

const QUEUE = 'https://sqs.eu-central-1.amazonaws.com/111122223333/queue';

const named = (name: string): Error => Object.assign(new Error('The call failed.'), { name });

/** A redriver whose queue answers with these. */
function answering(answer: (ids: string[]) => object) {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new SQSClient({ region: 'eu-central-1', credentials });
  client.middlewareStack.add(
    () => async (call) => {
      const { Entries = [] } = call.input as SendMessageBatchCommandInput;
      return { response: {}, output: { $metadata: {}, ...answer(Entries.map(({ Id = '' }) => Id)) } };
    },
    { step: 'initialize', priority: 'high' },
  );
  return queueRedriver(QUEUE, memoryLog(), client);
}

const members = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    ...{ deadLetterId: `letter-${index}`, generation: 1 },
    letter: recorded(undefined, { subscriber: 's', id: `m${index}`, reason: 'R', detail: 'd', message: '{}' }, 0),
  }));

async function sent(answer: Parameters<typeof answering>[0], count = 12) {
  const refused: string[] = [];
  const accepted = await answering(answer).send(members(count), (id) => refused.push(id));
  return { accepted: accepted.size, refused };
}

const accept = (ids: string[]) => ({ Successful: ids.map((Id) => ({ Id })) });

describe('the redriver of a queue', () => {
  it('sends in batches', async () => {
    assert.deepEqual(await sent(accept), { accepted: 12, refused: [] });
  });

  it('refuses a message that is itself the fault, and leaves one that the service could not take', async () => {
    const answer = (ids: string[]) => ({
      ...accept(ids.filter((id) => id !== 'letter-2' && id !== 'letter-3')),
      Failed: ids.flatMap((Id) =>
        Id === 'letter-2' || Id === 'letter-3' ? [{ Id, SenderFault: Id === 'letter-2', Code: 'Code' }] : [],
      ),
    });
    assert.deepEqual(await sent(answer), { accepted: 10, refused: ['letter-2'] });
  });

  it('finds the message for which the whole batch is refused', async () => {
    const answer = (ids: string[]) => {
      if (ids.includes('letter-5')) throw named('BatchRequestTooLong');
      return accept(ids);
    };
    assert.deepEqual(await sent(answer), { accepted: 11, refused: ['letter-5'] });
  });

  for (const name of ['QueueDoesNotExist', 'AccessDenied']) {
    it(`refuses all if the queue answers ${name}`, async () => {
      const { accepted, refused } = await sent(() => {
        throw named(name);
      });
      assert.deepEqual([accepted, refused.length], [0, 12]);
    });
  }

  for (const name of ['RequestThrottled', 'TimeoutError', 'ExpiredToken']) {
    it(`refuses none if the call fails with ${name}: they are tried again`, async () => {
      const answer = () => {
        throw named(name);
      };
      assert.deepEqual(await sent(answer), { accepted: 0, refused: [] });
    });
  }
});
