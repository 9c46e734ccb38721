import { type RestoreContext, triggersOf } from './context.ts';
import { countLines } from './hold-step.ts';
import { unheldIn } from './hold-table.ts';
import { hasEnded } from './progress.ts';
import type { RestoreRecord } from './record.ts';
import { adoptionOf } from './restore-step.ts';
import { describeTable } from './tables.ts';

/** Prints the state of a restore and the next step. Changes nothing. */
export async function printStatus(context: RestoreContext): Promise<void> {
  const { recorder, outputs, command, stage } = context;
  const { print } = command;
  const record = recorder.read();
  const triggers = await triggersOf(context);
  for (const { name, state } of triggers) print(`${state.padEnd(9)}${name}`);
  print(`Stage ${stage} uses table ${outputs.tableName}.`);
  if (record.paused) print(`Paused at ${record.paused.at}. Running before: ${record.paused.running.join(', ')}.`);
  await printRestored(context, record);
  print(
    `Next: ${nextStep(
      context,
      record,
      triggers.every(({ state }) => state === 'stopped'),
    )}`,
  );
}

async function printRestored(
  { clients, settings, command: { print } }: RestoreContext,
  { restored, hold }: RestoreRecord,
): Promise<void> {
  if (!restored) return;
  const table = await describeTable(clients.dynamo, restored.tableName);
  print(
    `Restored from ${restored.fromTable} as of ${restored.moment}: ${restored.tableName}, ${table?.TableStatus ?? 'missing'}.`,
  );
  if (table?.TableStatus !== 'ACTIVE') return;
  print(`To use it, add this to the settings of the stage:\n${adoptionOf(table.LatestStreamArn)}`);
  if (!table.CreationDateTime) return;
  const { notifications, unreadable } = await unheldIn({
    client: clients.dynamo,
    tableName: restored.tableName,
    dueShards: settings.dueShards,
    restoredAt: table.CreationDateTime.toISOString(),
  });
  print(`${notifications} of its notifications are not held yet; ${unreadable} cannot be read.`);
  if (hold) for (const line of countLines(hold.counts)) print(line);
}

function nextStep(
  { outputs, stage }: RestoreContext,
  { paused, restored, hold }: RestoreRecord,
  isStill: boolean,
): string {
  const step = (words: string): string => `npm run restore -- --stage ${stage} ${words}`;
  if (!paused) return `nothing. A restore starts with ${step('pause')}`;
  // A deployment creates the relay's event source mapping again, in the state running. This does no harm once
  // everything is held.
  const isAdopted = restored !== undefined && outputs.tableName === restored.tableName;
  if (isAdopted && hold && hasEnded(hold)) return step('resume');
  if (!isStill) return `${step('pause')} again, or ${step('resume')} if it was interrupted`;
  if (!restored) return step('restore --to <ISO time>');
  if (!hold || !hasEnded(hold)) return step('hold');
  return `deploy with adoptedTable: npm run deploy -- --stage ${stage} --all-at-once`;
}
