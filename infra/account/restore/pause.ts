import { type Bench, bring, moversOf } from './bench.ts';
import type { Mover } from './movers.ts';
import type { RestoreRecord } from './record.ts';

/**
 * Stops everything of the stage that sends, publishes, settles or takes commands, and remembers what ran.
 * Run again, it stops what a deployment has started meanwhile, and forgets nothing.
 */
export async function pauseStage(bench: Bench): Promise<void> {
  const { recorder, surroundings, stage } = bench;
  const movers = await moversOf(bench);
  // Kept before anything is changed: what was stopped and not remembered would never be started again.
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

/** What ran at the first pause, with what is found running now. */
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

/** What still runs of a stage that should be paused. */
export async function stillRunning(bench: Bench): Promise<string[]> {
  const movers = await moversOf(bench);
  return movers.filter(({ state }) => state !== 'stopped').map(({ name }) => name);
}
