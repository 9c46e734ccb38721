import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type DynamoDBStreamsClient,
  type _Record as StreamRecord,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { Checkpoint } from '#infra/local/mappings/checkpoint.ts';
import { startStreamMapping } from '#infra/local/mappings/stream.ts';
import type { StreamMappingPlan } from '#infra/local/template/plan.ts';

const plan: StreamMappingPlan = {
  id: 'mapping',
  uuid: 'mapping',
  functionName: 'relay-outbox',
  sourceArn: 'arn:stream',
  batchSize: 10,
  reportsItemFailures: false,
  filters: [],
  maximumRetryAttempts: 1,
  maximumRecordAgeSeconds: -1,
};

const recordOf = (sequence: number, { ageSeconds = 0, eventName = 'INSERT' as const } = {}): StreamRecord => ({
  eventName,
  dynamodb: { SequenceNumber: String(sequence), ApproximateCreationDateTime: new Date(Date.now() - ageSeconds * 1000) },
});

/** An engine that shows its open shard as dynoxide does, with these records in it; those up to `trimmed` are gone. */
function streamOf(records: StreamRecord[], trimmed: number) {
  const requests: { type: string; after?: string }[] = [];
  const send = async (command: { constructor: { name: string }; input: Record<string, string> }): Promise<unknown> => {
    const { input } = command;
    switch (command.constructor.name) {
      case 'DescribeStreamCommand':
        return {
          StreamDescription: { Shards: [{ ShardId: 'shard', SequenceNumberRange: { EndingSequenceNumber: '9' } }] },
        };
      case 'GetShardIteratorCommand':
        requests.push({
          type: input.ShardIteratorType ?? '',
          ...(input.SequenceNumber ? { after: input.SequenceNumber } : {}),
        });
        if (input.SequenceNumber && Number(input.SequenceNumber) < trimmed)
          throw new TrimmedDataAccessException({ message: 'trimmed', $metadata: {} });
        return { ShardIterator: input.SequenceNumber ?? '0' };
      default: {
        const position = BigInt(input.ShardIterator ?? '0');
        const found = records
          .filter(({ dynamodb }) => BigInt(dynamodb?.SequenceNumber ?? 0) > position)
          .slice(0, Number(input.Limit));
        return { Records: found, NextShardIterator: found.at(-1)?.dynamodb?.SequenceNumber ?? String(position) };
      }
    }
  };
  // Of the client, a mapping uses `send` alone.
  return { client: { send } as unknown as DynamoDBStreamsClient, requests };
}

type Run = {
  records: StreamRecord[];
  mapping?: Partial<StreamMappingPlan>;
  from?: string;
  trimmed?: number;
  answer: (sequences: string[], call: number) => unknown;
};

/** Runs the mapping until its checkpoint stands at `until`. */
async function run({ records, mapping = {}, from, trimmed = 0, answer }: Run, until: string) {
  const batches: string[][] = [];
  const lines: string[] = [];
  const { client, requests } = streamOf(records, trimmed);
  const written = Promise.withResolvers<void>();
  let position = from;
  const checkpoint: Checkpoint = {
    read: () => position,
    write: (sequence) => {
      position = sequence;
      if (sequence === until) written.resolve();
    },
  };
  const running = startStreamMapping({
    mapping: { ...plan, ...mapping },
    region: 'eu-x-1',
    streams: client,
    checkpoint,
    invoke: async (_, event) => {
      const sequences = (event as { Records: { dynamodb: { SequenceNumber: string } }[] }).Records.map(
        ({ dynamodb }) => dynamodb.SequenceNumber,
      );
      batches.push(sequences);
      return answer(sequences, batches.length);
    },
    log: (line) => lines.push(line),
  });
  await written.promise;
  await running.stop();
  return { batches, lines, requests };
}

const fails = (): never => {
  throw new Error('no');
};
const three = [recordOf(9), recordOf(10), recordOf(11)];

describe('A stream mapping', () => {
  it('begins at the oldest record, and after the checkpoint from then on', async () => {
    const first = await run({ records: three, answer: () => null }, '11');
    assert.deepEqual([first.requests[0], first.batches], [{ type: 'TRIM_HORIZON' }, [['9', '10', '11']]]);
    const later = await run({ records: three, from: '9', answer: () => null }, '11');
    assert.deepEqual(
      [later.requests[0], later.batches],
      [{ type: 'AFTER_SEQUENCE_NUMBER', after: '9' }, [['10', '11']]],
    );
  });

  it('continues with the oldest record if the stream no longer has the one of the checkpoint', async () => {
    const { requests, batches, lines } = await run({ records: three, from: '5', trimmed: 8, answer: () => null }, '11');
    assert.deepEqual(requests.slice(0, 2), [{ type: 'AFTER_SEQUENCE_NUMBER', after: '5' }, { type: 'TRIM_HORIZON' }]);
    assert.deepEqual(batches, [['9', '10', '11']]);
    assert.match(lines[0] ?? '', /cannot poll: trimmed/);
  });

  it('keeps to the batch size', async () => {
    const { batches } = await run({ records: three, mapping: { batchSize: 2 }, answer: () => null }, '11');
    assert.deepEqual(batches, [['9', '10'], ['11']]);
  });

  it('hands over what the filter lets through, and moves past the rest', async () => {
    const records = [
      recordOf(1, { eventName: 'REMOVE' as 'INSERT' }),
      recordOf(2),
      recordOf(3, { eventName: 'REMOVE' as 'INSERT' }),
    ];
    const { batches } = await run(
      { records, mapping: { filters: [{ eventName: ['INSERT'] }] }, answer: () => null },
      '3',
    );
    assert.deepEqual(batches, [['2']]);
  });

  it('repeats a failed batch as often as it may, then gives it up', async () => {
    const { batches, lines } = await run({ records: three, answer: (_, call) => (call <= 2 ? fails() : null) }, '11');
    assert.deepEqual(batches, [
      ['9', '10', '11'],
      ['9', '10', '11'],
    ]);
    assert.match(lines.at(-1) ?? '', /3 stream records were dropped after 2 attempts/);
  });

  it('repeats from the lowest record that failed, the ones after it included', async () => {
    const answer = (_: string[], call: number): unknown =>
      call === 1 ? { batchItemFailures: [{ itemIdentifier: '11' }, { itemIdentifier: '10' }] } : null;
    const { batches } = await run({ records: three, mapping: { reportsItemFailures: true }, answer }, '11');
    assert.deepEqual(batches, [
      ['9', '10', '11'],
      ['10', '11'],
    ]);
  });

  it('takes a reported failure for none where it was not requests to report', async () => {
    const { batches } = await run(
      { records: three, answer: () => ({ batchItemFailures: [{ itemIdentifier: '9' }] }) },
      '11',
    );
    assert.equal(batches.length, 1);
  });

  it('skips records that are too old', async () => {
    const records = [recordOf(1, { ageSeconds: 100 }), recordOf(2, { ageSeconds: 10 })];
    const { batches, lines } = await run(
      { records, mapping: { maximumRecordAgeSeconds: 60 }, answer: () => null },
      '2',
    );
    assert.deepEqual(batches, [['2']]);
    assert.match(lines[0] ?? '', /1 stream records were too old/);
  });
});
