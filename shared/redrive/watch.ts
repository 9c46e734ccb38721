import type { DueStore } from '#shared/once/ports.ts';
import { REDRIVE_DUE } from './redrive.ts';
import { LEASE_MS, MOST_PER_SECOND, type RunPorts, redriveWaker } from './run.ts';

export type WatchPorts = RunPorts & { due: DueStore };

/** Redrives that one invocation continues. */
const MOST_REDRIVES = 10;
/** The pause between two looks whether another redrive is due. */
const LOOK_AGAIN_MS = 1000;

/**
 * Continues the redrives that are due, and those that become due while they run. All of them together send as much as a
 * stage may.
 * @param until epoch milliseconds after which no page is begun.
 * @param lookUntil epoch milliseconds until which it looks again if none is due: the index may lag behind a start.
 * @returns how many were continued.
 */
export async function watchRedrives(
  { until, lookUntil }: { until: number; lookUntil: number },
  ports: WatchPorts,
): Promise<number> {
  const { clock, timer, due, log } = ports;
  const running = new Set<Promise<void>>();
  const begun = new Set<string | undefined>();
  const continued = redriveWaker(until, ports, () => MOST_PER_SECOND / running.size);
  for (;;) {
    // The lease of a worker that dies ends within this time.
    const rows = await due.due(REDRIVE_DUE, clock.now() + 2 * LEASE_MS, MOST_REDRIVES).catch((error) => {
      if (running.size === 0) throw error;
      log.error('Redrives that are due not found', { error });
      return [];
    });
    for (const row of rows) {
      if (begun.has(row.key.part?.id)) continue;
      begun.add(row.key.part?.id);
      const one = continued([row]).finally(() => running.delete(one));
      running.add(one);
    }
    const isIdle = running.size === 0 && clock.now() >= lookUntil;
    if (!isIdle) await timer.sleep(LOOK_AGAIN_MS);
    if (!isIdle && clock.now() < until) continue;
    await Promise.all(running);
    return begun.size;
  }
}
