import { bringTriggersTo, type RestoreContext, triggersOf } from './context.ts';
import type { RestoreRecord } from './record.ts';
import type { Trigger } from './triggers.ts';

/**
 * Stops all triggers of the stage's functions that send, publish, settle or take commands, and records which of them
 * ran. Run again, it also stops triggers that a deployment has started in the meantime, and keeps the first record.
 */
export async function pauseStage(context: RestoreContext): Promise<void> {
  const { recorder, command, stage } = context;
  const triggers = await triggersOf(context);
  // The record is written before any change. A trigger that was stopped without a record would never be started again.
  recorder.write(recordRunning(recorder.read(), triggers, new Date()));
  await bringTriggersTo(
    'stopped',
    context,
    () => true,
    (trigger) => trigger.stop(),
  );
  const { print } = command;
  print(`Stage ${stage} is paused: it answers commands with an error, sends nothing and can be read.`);
  print('Invocations that have started end within a minute.');
  print(`${recorder.file} records what ran. resume needs it.`);
}

/** The triggers that ran at the first pause, plus the ones that run now. */
function recordRunning(record: RestoreRecord, triggers: Trigger[], now: Date): RestoreRecord {
  const { at, running, reserved } = record.paused ?? { at: now.toISOString(), running: [], reserved: {} };
  const found = triggers.filter(({ state }) => state !== 'stopped').map(({ name }) => name);
  const concurrency = triggers.flatMap(({ functionName, state, reserved: before }) =>
    before === undefined || state === 'stopped' ? [] : [[functionName, before] as const],
  );
  return {
    ...record,
    paused: {
      at,
      running: [...new Set([...running, ...found])].sort(),
      reserved: { ...Object.fromEntries(concurrency), ...reserved },
    },
  };
}

/** Triggers that still run in a stage that should be paused. */
export async function stillRunning(context: RestoreContext): Promise<string[]> {
  const triggers = await triggersOf(context);
  return triggers.filter(({ state }) => state !== 'stopped').map(({ name }) => name);
}
