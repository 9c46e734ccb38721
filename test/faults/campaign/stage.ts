import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { FUNCTION } from '#shared/names.ts';
import { controlOf } from '#test/support/control.ts';
import { type LocalCloud, type Outputs, startLocalCloud } from '#test/support/deployment.ts';
import { isRunning, pidIn } from '#test/support/processes.ts';
import { countHits, type Hits } from './hits.ts';
import { FAIR, type Killed, type Weather } from './plan.ts';

export type Stage = {
  outputs(): Outputs;
  dataDir: string;
  hits: Hits;
  /** Calls that functions made, by `<function> <service> <operation>`. */
  calls(): Set<string>;
  kills: Map<Killed, number>;
  /** The number of times that the cloud ended without a kill. */
  collapses(): number;
  /** The number of starts of wake-due before its minute was over. */
  wakes(): number;
  change(weather: Weather): Promise<void>;
  kill(one: Killed): Promise<void>;
  /** Keeps the counts, and restarts the cloud or wake-due if one of them has ended. */
  tend(): Promise<void>;
  stop(): Promise<void>;
};

const FOLDER: Record<Exclude<Killed, 'cloud'>, string> = { dynamodb: 'dynamodb', messaging: 'messaging' };
/** Maximum duration of an environment's start. */
const WAKE_PAUSE_MS = 5000;
/** Long, because the machine may be busy. */
const MOST_STARTS = 5;

/**
 * The local cloud of a campaign. It is restarted with the same folder and port whenever it has ended.
 * @param onStart called after each start, before anything else happens.
 */
export async function openStage(
  dataDir: string,
  say: (line: string) => void,
  onStart: (outputs: Outputs) => Promise<void>,
): Promise<Stage> {
  const port = await portOfItsOwn();
  const hits = countHits();
  const called = new Set<string>();
  const kills = new Map<Killed, number>();
  let weather = FAIR;
  let collapses = 0;
  let wakes = 0;
  let wokenAt = 0;
  let cloud = await startWithPatience(dataDir, port, say);
  await onStart(cloud.outputs);
  // The cloud ends with this process, for any reason.
  process.once('exit', () => cloud.process.kill('SIGKILL'));

  const control = () => controlOf(cloud.outputs);
  const applyWeather = async (): Promise<void> => {
    hits.renew();
    await control().injectSeeded(weather.faultSeed, ...weather.rules);
    await control().sink(weather.sink);
  };
  const look = async (): Promise<void> => {
    hits.take(await control().faults());
    for (const { function: name, service, operation } of await control().calls())
      called.add(`${name} ${service} ${operation}`);
  };
  const restart = async (): Promise<void> => {
    cloud = await startWithPatience(dataDir, port, say);
    await applyWeather();
    await onStart(cloud.outputs);
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
      weather = next;
      await applyWeather();
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
        say(`The local cloud ended by itself: ${cloud.printed().slice(-500)}`);
        return restart();
      }
      await look();
      const running = (await control().invocations()).some((one) => one.function === FUNCTION.wakeDue && one.running);
      if (running || Date.now() < wokenAt + WAKE_PAUSE_MS) return;
      wokenAt = Date.now();
      // The schedule would restart it within a minute, which is too slow for the many kills of a campaign.
      await control().pause(FUNCTION.wakeDue);
      await control().resume(FUNCTION.wakeDue);
      wakes += 1;
    },
    async stop() {
      await look();
      await cloud.interrupt();
    },
  };
}

async function startWithPatience(dataDir: string, port: number, say: (line: string) => void): Promise<LocalCloud> {
  for (let start = 1; ; start += 1) {
    try {
      return await startLocalCloud(dataDir, port);
    } catch (error) {
      if (start === MOST_STARTS) throw error;
      say(`Start ${start} failed: ${(error as Error).message}`);
    }
  }
}

/** Outside the ephemeral range, so that no other process gets this port while the cloud is down. */
async function portOfItsOwn(): Promise<number> {
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
