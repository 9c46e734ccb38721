import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoScan } from '#shared/adapters/aws/dynamodb/scan.ts';
import { dynamoStore } from '#shared/adapters/aws/dynamodb/store.ts';
import { systemClock, systemRandomness, systemTimer } from '#shared/adapters/aws/runtime/system.ts';
import { beginHold, type HoldCounts, type HoldProgress, holdRestored } from '#shared/delivery/hold-restored.ts';
import { pacer } from '#shared/delivery/pacer.ts';
import { Failure } from '#shared/messaging/failure.ts';
import { NOTIFICATION_DUE, UNKNOWN_DUE } from '#shared/notification/due.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import type { StageSettings } from '../../settings.ts';
import { isFailedCall } from '../failed-calls.ts';
import { Refused } from '../refused.ts';

export type { HoldCounts, HoldProgress };

/** Number of parts that are scanned in parallel. */
const PARTS = 4;
/** The progress is stored after each page, so pages are small. */
const PAGE_ROWS = 500;
/** A person waits for the whole run, but not for one row. */
const BUDGET_MS = 60_000;

export type TableToHold = {
  client: DynamoDBClient;
  tableName: string;
  /** Of the stage: its rows may be on more shards than eight. */
  dueShards: StageSettings['dueShards'];
  /** ISO 8601. When the restored table was created. Older rows come from the source table. */
  restoredAt: string;
  /** Most rows of any kind that are read in a second. */
  rowsPerSecond: number;
  /** See `timing.outboxGraceSeconds`. */
  outboxGraceSeconds: number;
};

/**
 * Holds the unfinished notifications of a restored table with the code that the functions run: the domain's decider,
 * the executor and the store. This is the only file under `infra` that uses them.
 * @param earlier progress of an earlier run. It is ignored if it belongs to another restore.
 * @throws Refused if DynamoDB did not answer or throttled. Run again, the command continues.
 */
export async function holdTable(
  { client, tableName, dueShards, restoredAt, rowsPerSecond, outboxGraceSeconds }: TableToHold,
  earlier: HoldProgress | undefined,
  keep: (progress: HoldProgress) => void,
): Promise<HoldCounts> {
  const system = { clock: systemClock, timer: systemTimer, random: systemRandomness };
  const progress = earlier?.restoredAt === restoredAt ? earlier : beginHold(restoredAt, PARTS);
  const ports = {
    ...system,
    store: dynamoStore({ client, tableName, dueShards }),
    scan: dynamoScan({ client, tableName, pageRows: PAGE_ROWS }),
    pace: pacer(rowsPerSecond, system),
    // No sending is requested, so no row waits for a first claim.
    settings: { outboxGraceMs: outboxGraceSeconds * 1000, firstClaimMs: 0, budgetMs: BUDGET_MS },
  };
  try {
    return await holdRestored(progress, keep, ports);
  } catch (error) {
    if (!(error instanceof Failure && error.retriable)) throw error;
    throw new Refused(
      `${error.message.replace(/\.?$/, '.')} Run hold again: it continues from here. A lower --rate may help.`,
    );
  }
}

/** Kinds of rows that `wake-due` would announce, or settle by a resend. */
const SENDING_KINDS = [NOTIFICATION_DUE, UNKNOWN_DUE];
/** Limit per kind. Higher numbers are reported as this number. */
const MAX_ROWS = 10_000;
/** Number of rows that are read in parallel. */
const READERS = 20;

export type Unheld = {
  /** Notifications that are older than the restore and would be sent or settled. */
  notifications: number;
  /** Rows that cannot be read, so their age is unknown. */
  unreadable: number;
};

/** Counts the rows of a restored table that are still in the due index although they are older than the restore. */
export async function unheldIn({
  client,
  tableName,
  dueShards,
  restoredAt,
}: Pick<TableToHold, 'client' | 'tableName' | 'dueShards' | 'restoredAt'>): Promise<Unheld> {
  const store = dynamoStore({ client, tableName, dueShards });
  const due = await Promise.all(SENDING_KINDS.map((kind) => store.due(kind, Number.MAX_SAFE_INTEGER, MAX_ROWS)));
  const unheld: Unheld = { notifications: 0, unreadable: 0 };
  const queue = due.flat().values();
  const look = async (): Promise<void> => {
    for (const { key } of queue) {
      try {
        if (isFromBefore((await store.read(key))?.state.createdAt, restoredAt)) unheld.notifications += 1;
      } catch (error) {
        if (error instanceof StoreUnavailable || isFailedCall(error)) throw error;
        unheld.unreadable += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: READERS }, look));
  return unheld;
}

const isFromBefore = (createdAt: string | undefined, restoredAt: string): boolean =>
  createdAt !== undefined && Date.parse(createdAt) < Date.parse(restoredAt);
