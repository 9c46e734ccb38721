import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { consume } from '#shared/once/consume.ts';
import { handledCounter } from '#shared/once/handled.ts';
import { sqsRecord } from '#test/support/aws-events.ts';
import { memoryStore } from '#test/support/memory/memory-store.ts';
import { manualClock, memoryLog } from '#test/support/ports.ts';

function counting(add: (subscriber: string, messages: number) => Promise<void> = async () => undefined) {
  const clock = manualClock();
  const log = memoryLog();
  const added: unknown[] = [];
  const store = {
    add: (subscriber: string, messages: number) => {
      added.push([subscriber, messages]);
      return add(subscriber, messages);
    },
  };
  const { count } = handledCounter('send-email', { store, clock, timer: clock, log });
  return { clock, log, added, count };
}

describe('the count of handled messages', () => {
  it('is written every half minute, not for each batch', async () => {
    const { clock, added, count } = counting();
    for (let batch = 0; batch < 10; batch += 1) await count(10);
    assert.deepEqual(added, []);
    clock.advance(30_000);
    await count(5);
    clock.advance(29_000);
    await count(3);
    assert.deepEqual(added, [['send-email', 105]]);
    clock.advance(1000);
    await count(0);
    assert.deepEqual(added.slice(1), [['send-email', 3]]);
    clock.advance(60_000);
    await count(0);
    assert.equal(added.length, 2, 'nothing was handled');
  });

  it('has what was handled or recorded as a dead letter, and not what comes again', async () => {
    const { clock, log } = counting();
    const counted: number[] = [];
    const handle = async (body: string): Promise<void> => {
      if (body === 'poison') throw new PoisonMessage('MALFORMED', 'It cannot be read.');
      if (body !== 'good') throw new Error(body);
    };
    const ports = {
      ...{ deadLetters: memoryStore(), clock, log, subscriber: 'send-email', keepsMessage: true },
      handled: { count: async (messages: number) => void counted.push(messages) },
      returns: {
        isAway: (error: unknown) => error instanceof Error && error.message === 'away',
        ...{ clock, longestMs: 86_400_000, sendBack: async () => undefined },
        counters: { count: async () => undefined },
      },
    };
    const bodies = ['good', 'good', 'poison', 'away', 'broken'];
    const Records = bodies.map((body, index) => sqsRecord(`m${index}`, body));
    const { batchItemFailures } = await consume({ Records }, handle, ports);
    assert.deepEqual(batchItemFailures, [{ itemIdentifier: 'm4' }]);
    assert.deepEqual(counted, [3]);
  });

  it('does not fail the batch if it cannot be written', async () => {
    const { clock, log, count } = counting(() => Promise.reject(new Error('It is not available.')));
    clock.advance(30_000);
    await count(1);
    assert.deepEqual(
      log.lines.map(({ message }) => message),
      ['Handled messages not counted'],
    );
  });

  it('does not wait for a slow table', async () => {
    const { clock, added, count } = counting(() => new Promise(() => undefined));
    clock.advance(30_000);
    await count(1);
    assert.equal(added.length, 1);
  });
});
