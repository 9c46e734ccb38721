import { type Bench, moversOf } from './bench.ts';
import { told } from './hold-step.ts';
import { unheldIn } from './hold-table.ts';
import { hasEnded } from './progress.ts';
import type { RestoreRecord } from './record.ts';
import { adoptionOf } from './restore-step.ts';
import { describeTable } from './tables.ts';

/** Prints the state of a restore and the next step. Changes nothing. */
export async function tellStatus(bench: Bench): Promise<void> {
  const { recorder, outputs, surroundings, stage } = bench;
  const { print } = surroundings;
  const record = recorder.read();
  const movers = await moversOf(bench);
  for (const { name, state } of movers) print(`${state.padEnd(9)}${name}`);
  print(`Stage ${stage} uses table ${outputs.tableName}.`);
  if (record.paused) print(`Paused at ${record.paused.at}; then ran: ${record.paused.running.join(', ')}.`);
  await tellRestored(bench, record);
  print(
    `Next: ${nextStep(
      bench,
      record,
      movers.every(({ state }) => state === 'stopped'),
    )}`,
  );
}

async function tellRestored(
  { clients, surroundings: { print } }: Bench,
  { restored, hold }: RestoreRecord,
): Promise<void> {
  if (!restored) return;
  const table = await describeTable(clients.dynamo, restored.tableName);
  print(
    `Restored from ${restored.fromTable} as of ${restored.moment}: ${restored.tableName}, ${table?.TableStatus ?? 'not there'}.`,
  );
  if (table?.TableStatus !== 'ACTIVE') return;
  print(`To use it, the stage's settings say:\n${adoptionOf(table.LatestStreamArn)}`);
  if (!table.CreationDateTime) return;
  const { notifications, unreadable } = await unheldIn({
    client: clients.dynamo,
    tableName: restored.tableName,
    restoredAt: table.CreationDateTime.toISOString(),
  });
  print(`${notifications} of its notifications are not held yet; ${unreadable} cannot be read.`);
  if (hold) for (const line of told(hold.counts)) print(line);
}

function nextStep({ outputs, stage }: Bench, { paused, restored, hold }: RestoreRecord, isStill: boolean): string {
  const step = (words: string): string => `npm run restore -- --stage ${stage} ${words}`;
  if (!paused) return `nothing; a restore begins with ${step('pause')}`;
  // A deployment creates the relay's event source mapping again, in the state running. This does no harm once
  // everything is held.
  const isAdopted = restored !== undefined && outputs.tableName === restored.tableName;
  if (isAdopted && hold && hasEnded(hold)) return step('resume');
  if (!isStill) return `${step('pause')} again, or ${step('resume')} if it was broken off`;
  if (!restored) return step('restore --to <ISO time>');
  if (!hold || !hasEnded(hold)) return step('hold');
  return `deploy with adoptedTable: npm run deploy -- --stage ${stage}`;
}
