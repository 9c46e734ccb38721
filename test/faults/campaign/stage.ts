import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { FUNCTION } from '#shared/names.ts';
import { controlOf } from '#test/support/control.ts';
import { type LocalCloud, type Outputs, startLocalCloud } from '#test/support/deployment.ts';
import { isRunning, pidIn } from '#test/support/processes.ts';
import { countHits, type Hits } from './hits.ts';
import type { Killed } from './plan.ts';
import { type Conditions, WITHOUT_FAULTS } from './plan-faults.ts';

export type Stage = {
  outputs(): Outputs;
  dataDir: string;
  hits: Hits;
  /** Calls that functions made, by `<function> <service> <operation>`. */
  calls(): Set<string>;
  kills: Map<Killed, number>;
  /** How often the cloud ended without a kill. */
  collapses(): number;
  /** How often a scheduled function was started before its minute was over. */
  wakes(): number;
  change(conditions: Conditions): Promise<void>;
  kill(one: Killed): Promise<void>;
  /** Keeps the counts, and restarts the cloud and the scheduled functions if they ended. */
  tend(): Promise<void>;
  stop(): Promise<void>;
};

const FOLDER: Record<Exclude<Killed, 'cloud'>, string> = { dynamodb: 'dynamodb', messaging: 'messaging' };
/** Longest start of an environment. */
const WAKE_PAUSE_MS = 5000;
const SCHEDULED = [
  FUNCTION.wakeDue,
  FUNCTION.runReplay,
  FUNCTION.redriveOnAlarm,
  FUNCTION.runRedrive,
  FUNCTION.watchLanes,
];
const MAIN = join(import.meta.dirname, 'cloud.ts');
/** On a busy machine, a start may fail. */
const MOST_STARTS = 5;

/**
 * The local cloud of a campaign. It is restarted on the same folder and port whenever it ends.
 * @param onStart called after each start, before anything else happens.
 */
export async function openStage(
  dataDir: string,
  print: (line: string) => void,
  onStart: (outputs: Outputs) => Promise<void>,
): Promise<Stage> {
  const port = await reservedPort();
  const hits = countHits();
  const called = new Set<string>();
  const kills = new Map<Killed, number>();
  let conditions = WITHOUT_FAULTS;
  let collapses = 0;
  let wakes = 0;
  let wokenAt = 0;
  let cloud = await startWithPatience(dataDir, port, print);
  await onStart(cloud.outputs);
  // The cloud must not outlive this process, however it ends.
  process.once('exit', () => cloud.process.kill('SIGKILL'));

  const control = () => controlOf(cloud.outputs);
  const applyConditions = async (): Promise<void> => {
    hits.renew();
    await control().injectSeeded(conditions.faultSeed, ...conditions.rules);
    await control().sink(conditions.sink);
  };
  const look = async (): Promise<void> => {
    hits.take(await control().faults());
    for (const { function: name, service, operation } of await control().calls())
      called.add(`${name} ${service} ${operation}`);
  };
  const restart = async (): Promise<void> => {
    cloud = await startWithPatience(dataDir, port, print);
    await control().sink(conditions.sink);
    // Without faults, because the plan goes on after it.
    await onStart(cloud.outputs);
    await applyConditions();
  };
  const killCloud = async (): Promise<void> => {
    const closed = once(cloud.process, 'close');
    cloud.process.kill('SIGKILL');
    await closed;
    await restart();
  };

  return {
    outputs: () => cloud.outputs,
    dataDir,
    hits,
    calls: () => called,
    kills,
    collapses: () => collapses,
    wakes: () => wakes,
    async change(next) {
      await look();
      conditions = next;
      await applyConditions();
    },
    async kill(one) {
      await look();
      kills.set(one, (kills.get(one) ?? 0) + 1);
      if (one === 'cloud') return killCloud();
      const pid = pidIn(join(dataDir, FOLDER[one]));
      if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    },
    async tend() {
      if (cloud.process.exitCode !== null || cloud.process.signalCode !== null) {
        collapses += 1;
        print(`The local cloud ended without a kill: ${cloud.printed().slice(-500)}`);
        return restart();
      }
      await look();
      if (Date.now() < wokenAt + WAKE_PAUSE_MS) return;
      const invocations = await control().invocations();
      // The schedules would start them within a minute, but a campaign kills them often, and replays wait for it.
      for (const name of SCHEDULED) {
        if (invocations.some((one) => one.function === name && one.running)) continue;
        wokenAt = Date.now();
        await control().pause(name);
        await control().resume(name);
        wakes += 1;
      }
    },
    async stop() {
      await look();
      await cloud.interrupt();
    },
  };
}

async function startWithPatience(dataDir: string, port: number, print: (line: string) => void): Promise<LocalCloud> {
  for (let start = 1; ; start += 1) {
    try {
      return await startLocalCloud(dataDir, port, MAIN);
    } catch (error) {
      if (start === MOST_STARTS) throw error;
      print(`Start ${start} failed: ${(error as Error).message}`);
    }
  }
}

/** A port outside the ephemeral range, so that no other process takes it while the cloud is down. */
async function reservedPort(): Promise<number> {
  for (let port = 20_000 + (process.pid % 10_000); ; port += 1) {
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
