import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SQSRecord } from 'aws-lambda';
import { drainedQueues } from '#shared/adapters/aws/runtime/drained-queues.ts';
import { collect } from '#shared/once/collect.ts';
import { deadLetterIdOf } from '#shared/once/dead-letter.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { marked, redriveAttribute } from '#shared/once/redriven-letter.ts';
import { sqsRecord } from '#test/support/aws-events.ts';
import { envelopeOf } from '#test/support/envelope.ts';
import { memoryStore } from '#test/support/memory/memory-store.ts';
import { openLetters } from '#test/support/open-letters.ts';
import { manualClock, memoryLog } from '#test/support/ports.ts';

const QUEUES = JSON.stringify([
  { subscriber: 'send-email', receives: 5, dead: 'email-dead', undeliverable: 'email-undeliverable' },
  { subscriber: 'record-feedback', receives: 30, dead: 'feedback-dead', undeliverable: 'feedback-undeliverable' },
]);
const envelope = envelopeOf({ id: 'envelope-1', type: 'counterfoil.notification.requested.v1', data: {} });
const message = JSON.stringify(envelope);

function world(over: Partial<ReturnType<typeof memoryStore>> = {}) {
  const [store, log] = [memoryStore(), memoryLog()];
  const ports = {
    deadLetters: { ...store, ...over },
    queueOf: drainedQueues(QUEUES),
    scrubOf: (subscriber: string) =>
      subscriber === 'record-feedback' ? async (body: string) => (body === 'unreadable' ? undefined : '{}') : undefined,
    clock: manualClock(),
    log,
  };
  const recordOf = (
    queue: string,
    body: string,
    index = 0,
    messageAttributes: SQSRecord['messageAttributes'] = {},
  ) => ({
    ...sqsRecord(`m${index}`, body),
    eventSourceARN: `arn:aws:sqs:eu-central-1:1:${queue}`,
    messageAttributes,
  });
  const receive = (queue: string, ...bodies: string[]) =>
    collect({ Records: bodies.map((body, index) => recordOf(queue, body, index)) }, ports);
  const collectRecord = (queue: string, body: string, attributes: SQSRecord['messageAttributes']) =>
    collect({ Records: [recordOf(queue, body, 0, attributes)] }, ports);
  const letters = async () =>
    (await openLetters(store)).map(({ subscriber, reason, attempts, count, message: kept }) => [
      ...[subscriber, reason, attempts, count, kept],
    ]);
  return { store, receive, collectRecord, letters, log };
}

describe('the messages of a dead-letter queue', () => {
  it('are recorded with the subscriber and the number of its tries, once each', async () => {
    const { receive, letters } = world();
    assert.deepEqual(await receive('email-dead', message), { batchItemFailures: [] });
    assert.deepEqual(await letters(), [['send-email', 'CRASHED', 5, 1, message]]);
    // If its deletion is lost, the message is received again.
    await receive('email-dead', message);
    assert.deepEqual(await letters(), [['send-email', 'CRASHED', 10, 2, message]]);
  });

  it('are logged with their correlation id, except events of an outside service', async () => {
    const { receive, log } = world();
    await receive('email-dead', message);
    await receive('email-undeliverable', JSON.stringify({ Type: 'Notification', TopicArn: 'arn', Message: message }));
    await receive('feedback-dead', message);
    const { correlationid } = envelope;
    assert.deepEqual(
      log.lines.map(({ fields }) => fields?.correlationId),
      [correlationid, correlationid, undefined],
    );
  });

  it('that SNS could not deliver are recorded as such, also in an envelope of SNS', async () => {
    const { receive, letters } = world();
    await receive('email-undeliverable', JSON.stringify({ Type: 'Notification', TopicArn: 'arn', Message: message }));
    assert.deepEqual(await letters(), [['send-email', 'UNDELIVERABLE', 1, 1, message]]);
  });

  it('keep no text that may contain personal data', async () => {
    const { receive, letters, log } = world();
    await receive('feedback-dead', 'about ada@example.com', 'unreadable');
    await receive('email-dead', 'about ada@example.com');
    assert.deepEqual(
      (await letters()).map(([subscriber, , , , kept]) => [subscriber, kept]),
      [
        ['record-feedback', '{}'],
        ['record-feedback', undefined],
        ['send-email', undefined],
      ],
    );
    assert.doesNotMatch(JSON.stringify([await letters(), log.lines]), /ada/);
  });

  it('that were redriven are a new failure of their dead letter', async () => {
    const { store, collectRecord } = world();
    await store.recordDeadLetter({ subscriber: 'record-feedback', id: 'original', reason: 'A', detail: 'B' }, 1000);
    const [letter = assert.fail()] = await openLetters(store);
    const deadLetterId = deadLetterIdOf(letter);
    await store.changeDeadLetter(
      deadLetterId,
      marked({ generation: 1, redriveId: 'redrive-1', actor: 'ada', at: new Date(2000).toISOString() }),
    );
    const redrive = { stringValue: redriveAttribute({ deadLetterId, generation: 1 }), dataType: 'String' };
    assert.deepEqual(await collectRecord('feedback-dead', 'scrubbed', { redrive }), { batchItemFailures: [] });
    const open = await openLetters(store);
    assert.deepEqual(
      open.map(({ id, reason, generation, history }) => [id, reason, generation, history.at(-1)?.redriveId]),
      [['original', 'CRASHED', 2, 'redrive-1']],
    );
  });

  it('stay in their queue if they cannot be recorded', async () => {
    const { receive, log } = world({ recordDeadLetter: () => Promise.reject(new StoreUnavailable('away')) });
    assert.deepEqual(await receive('email-dead', message, 'no json'), {
      batchItemFailures: [{ itemIdentifier: 'm0' }, { itemIdentifier: 'm1' }],
    });
    assert.deepEqual(
      log.lines.map(({ level }) => level),
      ['error', 'error'],
    );
    const unknown = world();
    assert.equal((await unknown.receive('another-queue', message)).batchItemFailures.length, 1);
  });
});
