import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { Refused } from '../refused.ts';
import type { RestoreContext } from './context.ts';
import { type HoldCounts, type HoldProgress, holdTable } from './hold-table.ts';
import { stillRunning } from './pause.ts';
import { hasEnded } from './progress.ts';
import { existingTable } from './tables.ts';

/**
 * Holds the unfinished notifications of the restored table. Run again, it continues where it stopped. After a complete
 * run, it starts again from the beginning. No notification is held twice.
 * @returns false if some rows could not be read.
 */
export async function holdStep(context: RestoreContext, rowsPerSecond: number): Promise<boolean> {
  const { recorder, clients, settings, command, outputs } = context;
  const { restored, hold: earlier } = recorder.read();
  const tableName = restored?.tableName ?? outputs.tableName;
  const table = await existingTable(clients.dynamo, tableName);
  if (!restored && !table.RestoreSummary)
    throw new Refused(`${tableName} is not a restored table, so there is nothing to hold in it.`);
  const restoredAt = restoredAtOf(table);
  if (tableName === outputs.tableName) await requirePaused(context);
  const { print } = command;
  print(`Holding the unfinished notifications in ${tableName} that are older than ${restoredAt}.`);
  const counts = await holdTable(
    {
      client: clients.dynamo,
      tableName,
      dueShards: settings.dueShards,
      restoredAt,
      rowsPerSecond,
      outboxGraceSeconds: settings.timing.outboxGraceSeconds,
    },
    earlier && !hasEnded(earlier) ? earlier : undefined,
    (hold) => keep(context, hold),
  );
  for (const line of countLines(counts)) print(line);
  return counts.unreadable.length === 0;
}

const keep = ({ recorder }: RestoreContext, hold: HoldProgress): void => recorder.write({ ...recorder.read(), hold });

/** @throws Refused for a table that is not ready yet. */
function restoredAtOf({ TableName, RestoreSummary, CreationDateTime, TableStatus }: TableDescription): string {
  if (!CreationDateTime || RestoreSummary?.RestoreInProgress || TableStatus !== 'ACTIVE') {
    throw new Refused(`${TableName} is ${TableStatus}: run restore again, which waits for it.`);
  }
  return CreationDateTime.toISOString();
}

/** @throws Refused if the table is in use and a function might send while it is scanned. */
async function requirePaused(context: RestoreContext): Promise<void> {
  const running = await stillRunning(context);
  if (running.length === 0) return;
  throw new Refused(
    `Stage ${context.stage} uses this table, and these triggers run: ${running.join(', ')}. Run pause first.`,
  );
}

export function countLines({ rows, held, heldBefore, finished, younger, unreadable }: HoldCounts): string[] {
  return [
    `${rows} rows read: ${held} notifications held, ${heldBefore} held before, ${finished} finished, ${younger} requested since.`,
    ...unreadable.map(({ row, code, detail }) => `UNREADABLE, NOT HELD: ${row}: ${code}, ${detail}`),
    ...(unreadable.length > 0
      ? [
          'A row of a newer version can be held by the release that wrote it: check out that release and run hold again. ' +
            'A row that no release can read is never sent; resume --despite-unreadable accepts that.',
        ]
      : []),
  ];
}
