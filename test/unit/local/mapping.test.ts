import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { failuresIn, startPollers } from '#infra/local/mappings/mapping.ts';
import { queueRecord } from '#infra/local/mappings/queue.ts';
import { streamEvent } from '#infra/local/mappings/stream-record.ts';

describe('A partial failure', () => {
  const batch = ['1', '2', '3'];
  const failed = (...ids: unknown[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });
  it('is what the function answers', () => {
    assert.deepEqual(failuresIn(failed('2'), batch), ['2']);
    for (const nothing of [null, undefined, {}, { batchItemFailures: null }, { batchItemFailures: [] }]) {
      assert.deepEqual(failuresIn(nothing, batch), []);
    }
  });
  it('is the whole batch if the answer is invalid', () => {
    for (const wrong of [
      failed(''),
      failed(null),
      failed('2', 'other'),
      { batchItemFailures: 'all' },
      { batchItemFailures: [null] },
    ]) {
      assert.deepEqual(failuresIn(wrong, batch), batch);
    }
  });
});

/** A source whose portions the test gives out, and whose deliveries the test ends. */
function aSource() {
  const waiting: ((portion: string) => void)[] = [];
  const delivering = new Map<string, () => void>();
  const poll = async (signal: AbortSignal, taken: () => void): Promise<void> => {
    const portion = await new Promise<string | undefined>((resolve) => {
      waiting.push(resolve);
      signal.addEventListener('abort', () => resolve(undefined));
    });
    if (!portion) return;
    taken();
    await new Promise<void>((resolve) => delivering.set(portion, resolve));
    delivering.delete(portion);
  };
  return {
    poll,
    waiting,
    give: async (portion: string) => {
      waiting.shift()?.(portion);
      await turn();
    },
    finish: async (portion: string) => {
      delivering.get(portion)?.();
      await turn();
    },
    delivering: () => [...delivering.keys()],
  };
}

describe('Pollers', () => {
  const settings = { functionName: 'f', log: assert.fail };

  it('deliver as many portions at once as they may, while one waits for the next', async () => {
    const source = aSource();
    const mapping = startPollers({ ...settings, poll: source.poll, maximum: 2 });
    assert.equal(source.waiting.length, 1, 'one waits where nothing is to be done');
    await source.give('a');
    assert.equal(source.waiting.length, 1, 'another one waits while the first delivers');
    await source.give('b');
    assert.deepEqual([source.delivering(), source.waiting.length], [['a', 'b'], 0]);
    await source.finish('a');
    assert.equal(source.waiting.length, 1);
    await source.finish('b');
    await mapping.stop();
  });

  it('take nothing while they are paused, let what was taken go on, and take again when resumed', async () => {
    const source = aSource();
    const mapping = startPollers({ ...settings, poll: source.poll, maximum: 2 });
    await source.give('a');
    await mapping.pause();
    assert.deepEqual(source.delivering(), ['a']);
    source.waiting.length = 0;
    await source.finish('a');
    assert.equal(source.waiting.length, 0);
    mapping.resume();
    mapping.resume();
    assert.equal(source.waiting.length, 1);
    await source.give('b');
    assert.deepEqual(source.delivering(), ['b']);
    const stopped = mapping.stop();
    await source.finish('b');
    await stopped;
  });

  it('report a source that fails once, and try on', async () => {
    const lines: string[] = [];
    let polls = 0;
    const recovered = Promise.withResolvers<void>();
    const mapping = startPollers({
      functionName: 'f',
      maximum: 1,
      log: (line) => lines.push(line),
      poll: async (signal) => {
        polls += 1;
        if (polls < 3) throw new Error('engine away');
        recovered.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    });
    await recovered.promise;
    await mapping.stop();
    assert.deepEqual(lines, ['f: its mapping cannot poll: engine away']);
  });
});

describe('Records look as AWS makes them', () => {
  it('from a queue', () => {
    const message = {
      MessageId: 'id',
      ReceiptHandle: 'handle',
      Body: 'body',
      MD5OfBody: 'md5',
      Attributes: { ApproximateReceiveCount: '2' },
      MessageAttributes: {
        type: { DataType: 'String', StringValue: 'x' },
        raw: { DataType: 'Binary', BinaryValue: Buffer.from('y') },
      },
    };
    assert.deepEqual(queueRecord(message, 'arn:queue', 'eu-x-1'), {
      messageId: 'id',
      receiptHandle: 'handle',
      body: 'body',
      attributes: { ApproximateReceiveCount: '2' },
      messageAttributes: {
        type: { stringValue: 'x', stringListValues: [], binaryListValues: [], dataType: 'String' },
        raw: { binaryValue: 'eQ==', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
      },
      md5OfBody: 'md5',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:queue',
      awsRegion: 'eu-x-1',
    });
  });

  it('from a stream, without the marks of the engine', () => {
    const record = {
      eventID: '7',
      eventName: 'REMOVE' as const,
      awsRegion: 'dynoxide',
      dynamodb: {
        ApproximateCreationDateTime: new Date('2026-11-21T10:00:00.900Z'),
        Keys: { pk: { S: 'a' } },
        OldImage: {
          pk: { S: 'a' },
          bytes: { B: Buffer.from('x') },
          deep: { M: { list: { L: [{ B: Buffer.from('y') }] } } },
        },
        SequenceNumber: '7',
        SizeBytes: 9,
        StreamViewType: 'NEW_AND_OLD_IMAGES' as const,
      },
      userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
    };
    const { eventID, ...event } = streamEvent(record, 'arn:stream', 'eu-x-1');
    // DynamoDB Local's word for the same.
    const { userIdentity: _, ...expired } = { ...record, eventName: 'UNKNOWN_TO_SDK_VERSION' as 'REMOVE' };
    assert.deepEqual(streamEvent(expired, 'arn:stream', 'eu-x-1'), { eventID, ...event });
    assert.match(String(eventID), /^[0-9a-f]{32}$/);
    assert.notEqual(eventID, streamEvent(record, 'arn:other', 'eu-x-1').eventID);
    assert.deepEqual(event, {
      eventName: 'REMOVE',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'eu-x-1',
      dynamodb: {
        ApproximateCreationDateTime: 1795255200,
        Keys: { pk: { S: 'a' } },
        OldImage: { pk: { S: 'a' }, bytes: { B: 'eA==' }, deep: { M: { list: { L: [{ B: 'eQ==' }] } } } },
        SequenceNumber: '7',
        SizeBytes: 9,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
      eventSourceARN: 'arn:stream',
      userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
    });
  });
});
