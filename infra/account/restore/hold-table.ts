import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoScan } from '#shared/adapters/aws/dynamo-scan.ts';
import { dynamoStore } from '#shared/adapters/aws/dynamo-store.ts';
import { systemClock, systemRandomness, systemTimer } from '#shared/adapters/aws/system.ts';
import {
  beginHold,
  type HoldCounts,
  type HoldProgress,
  holdRestored,
  type UnreadableRow,
} from '#shared/delivery/hold-restored.ts';
import { pacer } from '#shared/delivery/pacer.ts';
import type { DueKind } from '#shared/messaging/due.ts';

export type { HoldCounts, HoldProgress, UnreadableRow };

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
 */
export function holdTable(
  { client, tableName, restoredAt, rowsPerSecond, outboxGraceSeconds }: TableToHold,
  earlier: HoldProgress | undefined,
  keep: (progress: HoldProgress) => void,
): Promise<HoldCounts> {
  const system = { clock: systemClock, timer: systemTimer, random: systemRandomness };
  const progress = earlier?.restoredAt === restoredAt ? earlier : beginHold(restoredAt, PARTS);
  return holdRestored(progress, keep, {
    ...system,
    store: dynamoStore({ client, tableName }),
    scan: dynamoScan({ client, tableName, pageRows: PAGE_ROWS }),
    pace: pacer(rowsPerSecond, system),
    // Nothing is asked to be sent, so nothing has a first claim to wait for.
    settings: { outboxGraceMs: outboxGraceSeconds * 1000, firstClaimMs: 0, budgetMs: BUDGET_MS },
  });
}

/** Kinds of rows that `wake-due` would have sent, or settled by sending. */
const SENDING_KINDS = ['notification', 'unknown'] satisfies DueKind[];

/** How many notifications of a table wait to be sent or settled. */
export async function unfinishedIn(client: DynamoDBClient, tableName: string): Promise<number> {
  const store = dynamoStore({ client, tableName });
  const gauges = await Promise.all(SENDING_KINDS.map((kind) => store.gauge(kind)));
  return gauges.reduce((sum, { count }) => sum + count, 0);
}
