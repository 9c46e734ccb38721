import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoScan } from '#shared/adapters/aws/dynamo-scan.ts';
import { dynamoStore } from '#shared/adapters/aws/dynamo-store.ts';
import { systemClock, systemRandomness, systemTimer } from '#shared/adapters/aws/system.ts';
import { beginHold, type HoldCounts, type HoldProgress, holdRestored } from '#shared/delivery/hold-restored.ts';
import { pacer } from '#shared/delivery/pacer.ts';
import type { WakeKind } from '#shared/messaging/due.ts';
import { Failure } from '#shared/messaging/failure.ts';
import { type StoredState, StoreUnavailable } from '#shared/ports.ts';
import { isFailedCall } from '../failed-calls.ts';
import { Refused } from '../refused.ts';

export type { HoldCounts, HoldProgress };

/** Looked through side by side. */
const PARTS = 4;
/** Small enough that what is kept after each page is soon kept. */
const PAGE_ROWS = 500;
/** Somebody waits for it, but not for one row. */
const BUDGET_MS = 60_000;

export type TableToHold = {
  client: DynamoDBClient;
  tableName: string;
  /** ISO 8601. When the restored table was made; what is older was there before. */
  restoredAt: string;
  /** Rows of any kind looked at in a second, at most. */
  rowsPerSecond: number;
  /** See `timing.outboxGraceSeconds`. */
  outboxGraceSeconds: number;
};

/**
 * Holds what is unfinished in a restored table, with the very code that the functions run: the domain's
 * decider, the executor and the store. This file is the only one under `infra` that reaches them.
 * @param earlier how far an earlier run has come, if it was about the same restore.
 * @throws Refused where DynamoDB did not answer or asked to slow down: run again, it goes on.
 */
export async function holdTable(
  { client, tableName, restoredAt, rowsPerSecond, outboxGraceSeconds }: TableToHold,
  earlier: HoldProgress | undefined,
  keep: (progress: HoldProgress) => void,
): Promise<HoldCounts> {
  const system = { clock: systemClock, timer: systemTimer, random: systemRandomness };
  const progress = earlier?.restoredAt === restoredAt ? earlier : beginHold(restoredAt, PARTS);
  const ports = {
    ...system,
    store: dynamoStore({ client, tableName }),
    scan: dynamoScan({ client, tableName, pageRows: PAGE_ROWS }),
    pace: pacer(rowsPerSecond, system),
    // Nothing is asked to be sent, so nothing has a first claim to wait for.
    settings: { outboxGraceMs: outboxGraceSeconds * 1000, firstClaimMs: 0, budgetMs: BUDGET_MS },
  };
  try {
    return await holdRestored(progress, keep, ports);
  } catch (error) {
    if (!(error instanceof Failure && error.retriable)) throw error;
    throw new Refused(
      `${error.message.replace(/\.?$/, '.')} Run hold again: it goes on from here. A lower --rate may help.`,
    );
  }
}

/** Kinds of rows that `wake-due` would announce, or settle by sending. */
const SENDING_KINDS = ['notification', 'unknown'] satisfies WakeKind[];
/** Of each kind. More than that is told as that many. */
const MOST_ROWS = 10_000;
/** Read side by side. */
const READERS = 20;

export type Unheld = {
  /** Older than the restore, and would be sent or settled. */
  notifications: number;
  /** Nobody can tell how old they are. */
  unreadable: number;
};

/** What a restored table still has in the index of what is due, although it is older than the restore. */
export async function unheldIn({
  client,
  tableName,
  restoredAt,
}: Pick<TableToHold, 'client' | 'tableName' | 'restoredAt'>): Promise<Unheld> {
  const store = dynamoStore({ client, tableName });
  const due = await Promise.all(SENDING_KINDS.map((kind) => store.due(kind, Number.MAX_SAFE_INTEGER, MOST_ROWS)));
  const keys = due.flat().flatMap((row) => ('key' in row ? [row.key] : []));
  const unheld: Unheld = { notifications: 0, unreadable: 0 };
  const queue = keys.values();
  const look = async (): Promise<void> => {
    for (const key of queue) {
      try {
        if (isFromBefore(await store.read(key), restoredAt)) unheld.notifications += 1;
      } catch (error) {
        if (error instanceof StoreUnavailable || isFailedCall(error)) throw error;
        unheld.unreadable += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: READERS }, look));
  return unheld;
}

const isFromBefore = (stored: StoredState | undefined, restoredAt: string): boolean =>
  stored !== undefined && Date.parse((stored.state as { createdAt: string }).createdAt) < Date.parse(restoredAt);
