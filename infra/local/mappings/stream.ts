import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { messageOf } from '../base/failure.ts';
import type { Invoke } from '../base/invoke.ts';
import type { StreamMappingPlan } from '../template/plan.ts';
import type { Checkpoint } from './checkpoint.ts';
import { failuresIn, type Mapping, startPollers, wait } from './mapping.ts';
import { matchesPattern } from './pattern.ts';
import { sequenceOf, streamEvent } from './stream-record.ts';

export type StreamMappingOptions = {
  mapping: StreamMappingPlan;
  region: string;
  /** Polls under the function's role. */
  streams: DynamoDBStreamsClient;
  checkpoint: Checkpoint;
  invoke: Invoke;
  /** Default: false. */
  startsPaused?: boolean;
  log: (line: string) => void;
};

/** Lambda polls an empty shard four times a second. */
const POLL_EVERY_MS = 250;
/** Maximum number of records of one read. */
const MAX_RECORDS = 1000;
const BACKOFF_MS = { least: 200, most: 10_000 };

/**
 * Delivers a table's stream to a function as Lambda does: in order and one batch at a time. A failed batch is repeated
 * until it reaches its maximum of retries or age. A batch that was not completed when this process ended is read again,
 * because the checkpoint is written after the delivery.
 */
export function startStreamMapping({
  mapping,
  region,
  streams,
  checkpoint,
  invoke,
  startsPaused,
  log,
}: StreamMappingOptions): Mapping {
  const { functionName, sourceArn } = mapping;
  const reader = createReader(streams, sourceArn, checkpoint);
  let batch: StreamRecord[] = [];
  let attempts = 0;

  const poll = async (signal: AbortSignal, taken: () => void): Promise<void> => {
    if (batch.length === 0) {
      batch = await reader.read(mapping.batchSize, signal);
      attempts = 0;
      if (batch.length === 0) return wait(POLL_EVERY_MS, signal);
    }
    taken();
    const wanted = unexpired(batch).filter(({ event }) => matchesFilters(mapping, event));
    const failedFrom = wanted.length > 0 ? await deliver(wanted) : undefined;
    if (failedFrom === undefined) return finish(batch.length);
    const succeeded = batch.findIndex((record) => sequenceOf(record) === failedFrom);
    if (succeeded > 0) finish(succeeded);
    attempts += 1;
    if (mapping.maximumRetryAttempts >= 0 && attempts > mapping.maximumRetryAttempts) {
      log(`${functionName}: ${batch.length} stream records were dropped after ${attempts} attempts`);
      return finish(batch.length);
    }
    await wait(Math.min(BACKOFF_MS.most, BACKOFF_MS.least * 2 ** (attempts - 1)), signal);
  };

  const unexpired = (records: StreamRecord[]): { event: Record<string, unknown>; sequence: string }[] => {
    const oldest = mapping.maximumRecordAgeSeconds < 0 ? 0 : Date.now() - mapping.maximumRecordAgeSeconds * 1000;
    const recent = records.filter(
      ({ dynamodb }) => (dynamodb?.ApproximateCreationDateTime?.getTime() ?? Date.now()) >= oldest,
    );
    if (recent.length < records.length)
      log(`${functionName}: ${records.length - recent.length} stream records were too old and are skipped`);
    return recent.map((record) => ({ event: streamEvent(record, sourceArn, region), sequence: sequenceOf(record) }));
  };

  /** @returns the sequence number from which the batch must be repeated; undefined when it succeeded. */
  const deliver = async (records: { event: unknown; sequence: string }[]): Promise<string | undefined> => {
    const sequences = records.map(({ sequence }) => sequence);
    try {
      const result = await invoke(functionName, { Records: records.map(({ event }) => event) });
      const failed = mapping.reportsItemFailures ? failuresIn(result, sequences) : [];
      return failed.sort(bySequence)[0];
    } catch (error) {
      log(`${functionName}: a batch of ${records.length} stream records failed: ${messageOf(error)}`);
      return sequences[0];
    }
  };

  /** Marks the first records of the batch as completed. */
  const finish = (count: number): void => {
    const last = batch[count - 1];
    if (last) checkpoint.write(sequenceOf(last));
    batch = batch.slice(count);
    attempts = 0;
  };

  // One shard, read in order.
  return startPollers({ functionName, poll, maximum: 1, startsPaused, log });
}

function matchesFilters({ filters }: StreamMappingPlan, event: unknown): boolean {
  return filters.length === 0 || filters.some((filter) => matchesPattern(filter, event));
}

/** Sequence numbers are decimal numbers of any length. */
function bySequence(one: string, other: string): number {
  const difference = BigInt(one) - BigInt(other);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

type Reader = { read(limit: number, signal: AbortSignal): Promise<StreamRecord[]> };

/**
 * Reads the stream's shard from the checkpoint on, and from the checkpoint again after a failed read. If the checkpoint
 * is older than the oldest record (streams keep a day), reading continues with the oldest record, as at Lambda.
 */
function createReader(streams: DynamoDBStreamsClient, streamArn: string, checkpoint: Checkpoint): Reader {
  let iterator: string | undefined;
  let trimmed = false;
  const readNext = async (limit: number, abortSignal: AbortSignal): Promise<StreamRecord[]> => {
    const current = iterator ?? (await openIterator(streams, streamArn, trimmed ? undefined : checkpoint.read()));
    iterator = undefined;
    const { Records = [], NextShardIterator } = await streams.send(
      new GetRecordsCommand({ ShardIterator: current, Limit: Math.min(limit, MAX_RECORDS) }),
      { abortSignal },
    );
    iterator = NextShardIterator;
    return Records;
  };
  return {
    async read(limit, signal) {
      try {
        const records = await readNext(limit, signal);
        trimmed &&= records.length === 0;
        return records;
      } catch (error) {
        trimmed ||= error instanceof TrimmedDataAccessException;
        throw error;
      }
    },
  };
}

async function openIterator(
  streams: DynamoDBStreamsClient,
  streamArn: string,
  after: string | undefined,
): Promise<string> {
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
  // dynoxide returns an ending sequence number for an open shard too, so the number has no meaning here.
  const [shard, ...others] = StreamDescription?.Shards ?? [];
  if (!shard || others.length > 0)
    throw new Error(`the stream has ${shard ? others.length + 1 : 0} shards, but one is emulated`);
  const from =
    after === undefined
      ? { ShardIteratorType: 'TRIM_HORIZON' as const }
      : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, SequenceNumber: after };
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shard.ShardId, ...from }),
  );
  if (ShardIterator === undefined) throw new Error('the stream gave no iterator');
  return ShardIterator;
}
