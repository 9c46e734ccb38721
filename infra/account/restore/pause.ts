import { type Bench, bring, moversOf } from './bench.ts';
import type { Mover } from './movers.ts';
import type { RestoreRecord } from './record.ts';

/**
 * Stops all triggers of the stage's functions that send, publish, settle or take commands, and records which of them
 * ran. Run again, it also stops triggers that a deployment has started in the meantime, and keeps the first record.
 */
export async function pauseStage(bench: Bench): Promise<void> {
  const { recorder, surroundings, stage } = bench;
  const movers = await moversOf(bench);
  // The record is written before any change. A trigger that was stopped without a record would never be started again.
  recorder.write(withRunning(recorder.read(), movers, new Date()));
  await bring(
    'stopped',
    bench,
    () => true,
    (mover) => mover.stop(),
  );
  const { print } = surroundings;
  print(`Stage ${stage} is paused: it answers commands with an error, sends nothing and can be read.`);
  print('What had begun ends by itself within a minute.');
  print(`${recorder.file} remembers what ran; resume needs it.`);
}

/** The triggers that ran at the first pause, plus the ones that run now. */
function withRunning(record: RestoreRecord, movers: Mover[], now: Date): RestoreRecord {
  const { at, running, reserved } = record.paused ?? { at: now.toISOString(), running: [], reserved: {} };
  const found = movers.filter(({ state }) => state !== 'stopped').map(({ name }) => name);
  const concurrency = movers.flatMap(({ functionName, state, reserved: before }) =>
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
export async function stillRunning(bench: Bench): Promise<string[]> {
  const movers = await moversOf(bench);
  return movers.filter(({ state }) => state !== 'stopped').map(({ name }) => name);
}
