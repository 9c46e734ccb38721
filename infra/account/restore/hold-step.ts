import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { Refused } from '../refused.ts';
import type { Bench } from './bench.ts';
import { type HoldCounts, type HoldProgress, holdTable } from './hold-table.ts';
import { stillRunning } from './pause.ts';
import { hasEnded } from './progress.ts';
import { existingTable } from './tables.ts';

/**
 * Holds the unfinished notifications of the restored table. Run again, it continues where it stopped. After a complete
 * run, it starts again from the beginning. No notification is held twice.
 * @returns false if some rows could not be read.
 */
export async function holdStep(bench: Bench, rowsPerSecond: number): Promise<boolean> {
  const { recorder, clients, settings, surroundings, outputs } = bench;
  const { restored, hold: earlier } = recorder.read();
  const tableName = restored?.tableName ?? outputs.tableName;
  const table = await existingTable(clients.dynamo, tableName);
  if (!restored && !table.RestoreSummary)
    throw new Refused(`${tableName} was not restored from anything: there is nothing to hold in it.`);
  const restoredAt = restoredAtOf(table);
  if (tableName === outputs.tableName) await requirePaused(bench);
  const { print } = surroundings;
  print(`Holding what is unfinished in ${tableName} and older than ${restoredAt}.`);
  const counts = await holdTable(
    {
      client: clients.dynamo,
      tableName,
      restoredAt,
      rowsPerSecond,
      outboxGraceSeconds: settings.timing.outboxGraceSeconds,
    },
    earlier && !hasEnded(earlier) ? earlier : undefined,
    (hold) => keep(bench, hold),
  );
  for (const line of told(counts)) print(line);
  return counts.unreadable.length === 0;
}

const keep = ({ recorder }: Bench, hold: HoldProgress): void => recorder.write({ ...recorder.read(), hold });

/** @throws Refused for a table that is not ready yet. */
function restoredAtOf({ TableName, RestoreSummary, CreationDateTime, TableStatus }: TableDescription): string {
  if (!CreationDateTime || RestoreSummary?.RestoreInProgress || TableStatus !== 'ACTIVE') {
    throw new Refused(`${TableName} is ${TableStatus}: run restore again, which waits for it.`);
  }
  return CreationDateTime.toISOString();
}

/** @throws Refused if the table is in use and a function might send while it is scanned. */
async function requirePaused(bench: Bench): Promise<void> {
  const running = await stillRunning(bench);
  if (running.length === 0) return;
  throw new Refused(`Stage ${bench.stage} uses this table, and runs (${running.join(', ')}): run pause first.`);
}

export function told({ rows, held, heldBefore, finished, younger, unreadable }: HoldCounts): string[] {
  return [
    `${rows} rows looked at: ${held} notifications held, ${heldBefore} held before, ${finished} finished, ${younger} asked for since.`,
    ...unreadable.map(({ row, code, detail }) => `NOT READ, NOT HELD: ${row}: ${code}, ${detail}`),
    ...(unreadable.length > 0
      ? [
          'A row of a newer version can be held by the release that wrote it: check it out and run hold again. ' +
            'What no release can read is never sent; resume --despite-unreadable accepts that.',
        ]
      : []),
  ];
}
